import type { Contract } from '../../../domain/deal/contract.ts';
import { validateDeal } from '../../../domain/deal/validate-deal.ts';
import { projectOrder, resourceDemand } from '../../../domain/project/work-breakdown.ts';
import { CONFIGURATION, deal, fixedLine, retainerLine, timeLine } from '../deal/fixtures.ts';
import { code } from '../money/domain-error.ts';

function contract(...lines: Parameters<typeof timeLine>[0][]): Contract {
  const validation = validateDeal(
    deal({ lines: lines.map((line) => timeLine(line)), amount: '999' }),
    CONFIGURATION,
    1,
  );
  if (!validation.ok) throw new Error(validation.findings.map((finding) => finding.message).join('\n'));
  return validation.contract;
}

describe('the project of a contract', () => {
  const tokyo = {
    lineId: 'b',
    name: 'Rollout',
    legalEntityId: 'TL-JP',
    currency: 'JPY',
    amount: '1000000',
    ceilingAmount: null,
  };

  test('has the value and dates of the lines, a task per sold role and the milestones with their keys', () => {
    const fixed = fixedLine({ startOn: '2026-01-01', endOn: '2026-06-30' });
    const lines = [{ ...fixed }, { ...retainerLine() }];
    const value = deal({ lines, amount: '102000' });
    const validation = validateDeal(value, CONFIGURATION, 1);
    if (!validation.ok) throw new Error(validation.findings.map((finding) => finding.message).join('\n'));
    expect(projectOrder(validation.contract, 'TL-UK')).toEqual({
      title: 'Store review',
      startOn: '2026-01-01',
      endOn: '2026-06-30',
      currency: 'GBP',
      // 90,000.00 + 12,000.00
      budgetMinor: 10_200_000,
      tasks: [
        {
          taskKey: 'r1',
          title: 'Platform: Principal',
          role: 'Principal',
          budgetMinutes: 4800,
          startOn: '2026-01-01',
          endOn: '2026-06-30',
        },
        {
          taskKey: 'r2',
          title: 'Platform: Senior Consultant',
          role: 'Senior Consultant',
          budgetMinutes: 18_000,
          startOn: '2026-01-01',
          endOn: '2026-06-30',
        },
      ],
      milestones: [
        { milestoneKey: 'm1', title: 'Blueprint', dueOn: '2026-01-30', amountMinor: 3_000_000 },
        { milestoneKey: 'm2', title: 'Build', dueOn: '2026-02-27', amountMinor: 3_600_000 },
        { milestoneKey: 'm3', title: 'Go-live', dueOn: '2026-03-31', amountMinor: 2_400_000 },
      ],
    });
  });

  test('is one per legal entity, each in its own currency and named after it', () => {
    const both = contract({}, tokyo);
    expect(projectOrder(both, 'TL-UK')).toMatchObject({
      title: 'Store review (TL-UK)',
      currency: 'GBP',
      budgetMinor: 5_640_000,
    });
    expect(projectOrder(both, 'TL-JP')).toMatchObject({
      title: 'Store review (TL-JP)',
      currency: 'JPY',
      budgetMinor: 1_000_000,
    });
    expect(resourceDemand(both, 'TL-JP').map((demand) => [demand.demandKey, demand.role, demand.minutes])).toEqual([
      ['r1', 'Principal', 4800],
      ['r2', 'Senior Consultant', 18_000],
    ]);
  });

  test('is refused for an entity without lines, and where lines of one entity have two currencies', () => {
    const one = contract({ legalEntityId: 'TL-JP', currency: 'JPY', ceilingAmount: null, amount: '5' });
    expect(code(() => projectOrder(one, 'TL-DE'))).toBe('PROJECT_EMPTY');
    expect(resourceDemand(one, 'TL-DE')).toEqual([]);
    const both = contract({}, tokyo);
    const mixed = both.lines.map((line) => ({ ...line, legalEntityId: 'TL-UK' }));
    expect(code(() => projectOrder({ ...both, lines: mixed }, 'TL-UK'))).toBe('CURRENCY_MISMATCH');
  });
});
