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
    ['in a series and not distinct', [promise('a', { seriesId: 's', distinctInContext: false }), promise('b')]],
  ])('a promise %s is refused', (_, promises) => {
    expect(code(() => obligationsOf(promises))).toBe('PROMISE_INVALID');
  });
});
