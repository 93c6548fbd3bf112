import fc from 'fast-check';
import { obligationsOf, type PromisedService } from '../../../domain/revenue/obligation.ts';
import { code } from '../money/domain-error.ts';

function promise(promiseId: string, more: Partial<PromisedService> = {}): PromisedService {
  const distinct = { capableOfBeingDistinct: true, distinctInContext: true };
  return { promiseId, ...distinct, joinedWith: null, seriesId: null, ...more };
}
const bound = (joinedWith: string) => ({ distinctInContext: false, joinedWith });

describe('performance obligations', () => {
  test('distinct services are one each', () => {
    expect(obligationsOf([promise('licence'), promise('support')])).toEqual([
      { obligationId: 'licence', kind: 'distinct', promiseIds: ['licence'] },
      { obligationId: 'support', kind: 'distinct', promiseIds: ['support'] },
    ]);
  });

  test('what is not distinct is joined, through others too, and named by the first', () => {
    const promises = [
      promise('design', bound('build')),
      promise('support'),
      promise('build', bound('test')),
      promise('test', { capableOfBeingDistinct: false, joinedWith: 'build' }),
    ];
    expect(obligationsOf(promises)).toEqual([
      { obligationId: 'design', kind: 'combined', promiseIds: ['design', 'build', 'test'] },
      { obligationId: 'support', kind: 'distinct', promiseIds: ['support'] },
    ]);
  });

  test('the same service month after month is one series', () => {
    const month = (id: string) => promise(id, { seriesId: 'managed-service' });
    expect(obligationsOf([month('jan'), promise('onboarding'), month('feb')])).toEqual([
      { obligationId: 'managed-service', kind: 'series', promiseIds: ['jan', 'feb'] },
      { obligationId: 'onboarding', kind: 'distinct', promiseIds: ['onboarding'] },
    ]);
  });

  test('the only promise is an obligation whatever it is', () => {
    expect(obligationsOf([promise('all', { distinctInContext: false })])).toHaveLength(1);
  });

  test.each([
    ['twice the same', [promise('a'), promise('a')]],
    ['not distinct and alone among others', [promise('a', { distinctInContext: false }), promise('b')]],
    ['joined with itself', [promise('a', bound('a')), promise('b')]],
    ['joined with what is not there', [promise('a', bound('c')), promise('b')]],
    ['in a series that has the name of another', [promise('a', { seriesId: 'b' }), promise('b')]],
    ['in a series and not distinct', [promise('a', { seriesId: 's', distinctInContext: false }), promise('b')]],
  ])('a promise %s is refused', (_, promises) => {
    expect(code(() => obligationsOf(promises))).toBe('PROMISE_INVALID');
  });
});

describe('whatever is promised', () => {
  /** Promises by number; each is distinct (of a series or not) or one with another. */
  const judged = fc.record({
    series: fc.constantFrom(null, 'monthly', 'quarterly'),
    joins: fc.option(fc.nat(9)),
    capable: fc.boolean(),
  });
  const contract = fc.array(judged, { minLength: 2, maxLength: 10 }).map((all) =>
    all.map(({ series, joins, capable }, index) => {
      const other = joins === null ? index : joins % all.length;
      if (other === index) return promise(`p${String(index)}`, { seriesId: series });
      return promise(`p${String(index)}`, { ...bound(`p${String(other)}`), capableOfBeingDistinct: capable });
    }),
  );

  test('every promise is in one obligation, with those that it is one with and with no other', () => {
    fc.assert(
      fc.property(contract, (promises) => {
        const obligations = obligationsOf(promises);
        const members = obligations.flatMap(({ promiseIds }) => promiseIds);
        expect([...members].sort()).toEqual(promises.map(({ promiseId }) => promiseId).sort());
        expect(new Set(obligations.map(({ obligationId }) => obligationId)).size).toBe(obligations.length);

        // Reached from one another by "is one with" and "is of the same series", step by step.
        const isNext = (a: PromisedService, b: PromisedService) =>
          a.joinedWith === b.promiseId ||
          b.joinedWith === a.promiseId ||
          (a.seriesId !== null && a.seriesId === b.seriesId);
        for (const one of promises) {
          const reached = new Set([one]);
          for (const known of reached) for (const other of promises) if (isNext(known, other)) reached.add(other);
          const together = promises.filter((other) => reached.has(other)).map(({ promiseId }) => promiseId);
          expect(obligations.find(({ promiseIds }) => promiseIds.includes(one.promiseId))?.promiseIds).toEqual(
            together,
          );
        }
      }),
    );
  });

  test('the order in which promises are listed makes no other obligations', () => {
    const groupsOf = (promises: PromisedService[]) =>
      obligationsOf(promises)
        .map(({ kind, promiseIds }) => `${kind} ${[...promiseIds].sort().join(' ')}`)
        .sort();
    fc.assert(
      fc.property(contract, fc.nat(9), (promises, turn) => {
        const turned = [...promises.slice(turn), ...promises.slice(0, turn)];
        expect(groupsOf(turned)).toEqual(groupsOf(promises));
        expect(groupsOf([...promises].reverse())).toEqual(groupsOf(promises));
      }),
    );
  });
});
