// What every PSA does for us, whichever it is: nothing here knows a vendor. Who connects another one runs this against
// the real system, or against what plays it, and adds what only that one can show.
import type { CallContext, ProjectOrder, PsaPort } from '../../adapters/ports/index.ts';

const context: CallContext = { correlationId: 'cor_suite', actorSubject: 'system:test' };

export interface PsaUnderTest {
  /** Asked for in each test, because it is made before the first. */
  psa: () => PsaPort;
  newKey: () => string;
  /** Two tasks, r1 and r2, and two milestones, m1 and m2, in EUR. */
  order: (changes?: Partial<ProjectOrder>) => ProjectOrder;
}

export function describePsa(name: string, { psa, newKey, order }: PsaUnderTest): void {
  describe(`${name} as a PSA`, () => {
    test('makes a project as ordered, finds it by its key, and makes no second one', async () => {
      const key = newKey();
      const { title, startOn, endOn, currency, budgetMinor, tasks, milestones } = order();
      const made = await psa().createProject(key, order(), context);
      expect(made).toMatchObject({ title, startOn, endOn, currency, budgetMinor, archived: false });
      expect(made.tasks.filter(({ taskKey }) => taskKey !== null)).toMatchObject(
        tasks.map((task) => ({ taskKey: task.taskKey, title: task.title, budgetMinutes: task.budgetMinutes })),
      );
      expect(made.milestones).toMatchObject(
        milestones.map(({ dueOn: _dueOn, ...milestone }) => ({ ...milestone, state: 'pending' })),
      );
      expect(await psa().findProject(key, context)).toEqual(made);
      expect(await psa().createProject(key, order(), context)).toEqual(made);
      expect(await psa().findProject(newKey(), context)).toBeUndefined();
    });

    test('keeps dinars and yen exact', async () => {
      // 12,155.125 KWD = 12,155,125 fils; 10,200,000 JPY has no smaller unit.
      const milestones = order().milestones.map((milestone) => ({ ...milestone, amountMinor: 12_155_125 }));
      const inDinars = order({ currency: 'KWD', budgetMinor: 12_155_125, milestones });
      const dinars = await psa().createProject(newKey(), inDinars, context);
      expect([dinars.currency, dinars.budgetMinor]).toEqual(['KWD', 12_155_125]);
      expect(dinars.milestones.map(({ amountMinor }) => amountMinor)).toEqual([12_155_125, 12_155_125]);
      const yen = await psa().createProject(newKey(), order({ currency: 'JPY', budgetMinor: 10_200_000 }), context);
      expect([yen.currency, yen.budgetMinor]).toEqual(['JPY', 10_200_000]);
    });

    test('archives by key, also twice and also nothing, and does not revive what was archived', async () => {
      const key = newKey();
      const { projectId } = await psa().createProject(key, order(), context);
      await psa().archiveProject(key, context);
      await psa().archiveProject(key, context);
      await psa().archiveProject(newKey(), context);
      expect(await psa().findProject(key, context)).toMatchObject({ projectId, archived: true });
      expect(await psa().createProject(key, order(), context)).toMatchObject({ projectId, archived: true });
    });

    test('shows the link, which can be changed and cleared', async () => {
      const { projectId } = await psa().createProject(newKey(), order(), context);
      expect(await psa().readLink(projectId, context)).toBeNull();
      await psa().linkProject(projectId, null, context);
      const link = { engagementId: 'eng_9', contractRef: '5007', status: 'set up' };
      await psa().linkProject(projectId, link, context);
      await psa().linkProject(projectId, { ...link, status: 'billed 10.00 EUR' }, context);
      expect(await psa().readLink(projectId, context)).toEqual({ ...link, status: 'billed 10.00 EUR' });
      await psa().linkProject(projectId, null, context);
      expect(await psa().readLink(projectId, context)).toBeNull();
    });

    test('asks for people once per key, and withdraws', async () => {
      const { projectId } = await psa().createProject(newKey(), order(), context);
      const wanted = order().tasks.map(({ taskKey, role, budgetMinutes, startOn, endOn }) => {
        return { demandKey: taskKey, role, minutes: budgetMinutes, startOn, endOn };
      });
      const ids = await psa().publishDemand(projectId, wanted, context);
      expect(await psa().publishDemand(projectId, wanted, context)).toEqual(ids);
      const open = await psa().readDemand(projectId, context);
      expect(open).toEqual(ids.map((demandId, index) => ({ demandKey: wanted[index]?.demandKey, demandId })));
      await psa().withdrawDemand(projectId, context);
      await psa().withdrawDemand(projectId, context);
      expect(await psa().readDemand(projectId, context)).toEqual([]);
    });

    test('says what it cannot do in sentences for people', () => {
      for (const sentence of Object.values(psa().cannot)) expect(sentence).toMatch(/^[A-Z].*\.$/);
    });
  });
}
