import { DomainError } from '../../domain/errors.ts';
import { allowedFrom, type Machine, type StateOf, transition, TRANSITIONS } from '../../domain/lifecycle.ts';
import { code } from './money/domain-error.ts';

const MACHINES = Object.keys(TRANSITIONS) as Machine[];

function statesOf<M extends Machine>(machine: M): StateOf<M>[] {
  return Object.keys(TRANSITIONS[machine]) as StateOf<M>[];
}

/** Walks a path state by state, as the business does. */
function walk<M extends Machine>(machine: M, ...path: StateOf<M>[]): string {
  return code(() => {
    path.slice(1).forEach((to, index) => transition(machine, path[index] ?? to, to));
  });
}

describe.each(MACHINES)('the life of %s', (machine) => {
  const states = statesOf(machine);

  test('every state is reached from the first one, and every follower is a state', () => {
    const seen = new Set(states.slice(0, 1));
    for (const state of seen) for (const next of allowedFrom(machine, state)) seen.add(next);
    expect([...seen].sort()).toEqual([...states].sort());
  });

  test('every listed step is taken, every other pair of states is refused', () => {
    for (const from of states) {
      for (const to of states) {
        const listed = (TRANSITIONS[machine][from] ?? []).includes(to);
        expect([from, to, code(() => transition(machine, from, to))]).toEqual([
          from,
          to,
          listed ? 'nothing refused' : 'TRANSITION_REFUSED',
        ]);
      }
    }
  });

  test('a state that the machine does not have leads nowhere', () => {
    for (const unknown of ['toString', 'blocked', '']) {
      expect(code(() => transition(machine, unknown as StateOf<Machine>, states[0] as never))).toBe(
        'TRANSITION_REFUSED',
      );
    }
  });
});

describe('lives as the business tells them', () => {
  test('an engagement runs from the closed deal to its end', () => {
    expect(
      walk(
        'engagement',
        'received',
        'validating',
        'provisioning',
        'ready',
        'active',
        'suspended',
        'active',
        'completing',
        'closed',
      ),
    ).toBe('nothing refused');
  });

  test('a set-up that was undone is parked, and may be validated again or cancelled', () => {
    expect(walk('engagement', 'provisioning', 'compensating', 'parked', 'validating', 'provisioning')).toBe(
      'nothing refused',
    );
    expect(walk('engagement', 'ready', 'compensating', 'cancelled')).toBe('nothing refused');
    expect(walk('engagement', 'parked', 'active')).toBe('TRANSITION_REFUSED');
  });

  test('a closed engagement is read-only', () => {
    expect(allowedFrom('engagement', 'closed')).toEqual([]);
  });

  test('a rejected milestone is worked on again before it can be delivered', () => {
    expect(
      walk('milestone', 'planned', 'in-progress', 'delivered', 'rejected', 'in-progress', 'delivered', 'accepted'),
    ).toBe('nothing refused');
    expect(walk('milestone', 'rejected', 'accepted')).toBe('TRANSITION_REFUSED');
  });

  test('time on a voided draft can be billed again, invoiced time cannot be recalled', () => {
    expect(
      walk('timeEntry', 'approved', 'costed', 'billable', 'on-invoice', 'billable', 'on-invoice', 'invoiced'),
    ).toBe('nothing refused');
    expect(walk('timeEntry', 'invoiced', 'recalled')).toBe('TRANSITION_REFUSED');
  });

  test('a posted invoice never becomes a draft again, nor is an unknown one sent again', () => {
    expect(walk('invoice', 'posted', 'draft')).toBe('TRANSITION_REFUSED');
    expect(walk('invoice', 'post-unknown', 'posting')).toBe('TRANSITION_REFUSED');
    expect(walk('invoice', 'in-approval', 'draft', 'void')).toBe('nothing refused');
    expect(
      walk('invoice', 'posting', 'post-unknown', 'failed', 'approved', 'posting', 'posted', 'part-paid', 'paid'),
    ).toBe('nothing refused');
  });

  test('a change order is approved with its impact known, applied as a whole or undone and applied again', () => {
    expect(walk('changeOrder', 'draft', 'impact-computed', 'in-approval', 'approved', 'applying', 'applied')).toBe(
      'nothing refused',
    );
    expect(walk('changeOrder', 'applying', 'compensating', 'approved', 'applying')).toBe('nothing refused');
    expect(walk('changeOrder', 'approved', 'withdrawn')).toBe('nothing refused');
    expect(walk('changeOrder', 'draft', 'in-approval')).toBe('TRANSITION_REFUSED');
    expect(walk('changeOrder', 'applying', 'withdrawn')).toBe('TRANSITION_REFUSED');
    expect(walk('changeOrder', 'rejected', 'approved')).toBe('TRANSITION_REFUSED');
  });

  test('the other lives run through', () => {
    expect(
      walk(
        'project',
        'proposed',
        'provisioned',
        'active',
        'on-hold',
        'active',
        'completed',
        'active',
        'completed',
        'closed',
      ),
    ).toBe('nothing refused');
    expect(
      walk('billingEvent', 'pending', 'eligible', 'held', 'eligible', 'approved', 'on-draft', 'invoiced', 'credited'),
    ).toBe('nothing refused');
    expect(walk('revenueSchedule', 'planned', 'open', 'partly-recognised', 'recognised', 'replaced')).toBe(
      'nothing refused',
    );
    expect(walk('project', 'provisioned', 'active', 'cancelled')).toBe('nothing refused');
    expect(walk('project', 'completed', 'cancelled')).toBe('TRANSITION_REFUSED');
    expect(walk('journal', 'proposed', 'posted')).toBe('TRANSITION_REFUSED');
    expect(walk('journal', 'proposed', 'released', 'posted', 'reversed')).toBe('nothing refused');
  });

  test('a refusal names the thing, both states and what is allowed', () => {
    let refusal: unknown;
    try {
      transition('invoice', 'posted', 'draft');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({
      message: 'invoice is posted and cannot become draft: it may become part-paid, disputed',
      details: { machine: 'invoice', from: 'posted', to: 'draft', allowed: ['part-paid', 'disputed'] },
    });
  });
});
