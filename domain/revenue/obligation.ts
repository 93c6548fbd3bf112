/**
 * What a contract promises, as the units that revenue is recognised by: distinct services, services that only make
 * sense together, and a series of the same service period after period. The judgements come in; the rule puts them
 * together (IFRS 15.22-30; domain.md, Revenue and balances).
 */
import { DomainError } from '../errors.ts';

/** A promised service with what was judged about it. */
export interface PromisedService {
  promiseId: string;
  /** The customer can benefit from it alone or with what it can get anyway (IFRS 15.27(a)). */
  capableOfBeingDistinct: boolean;
  /** It is separately identifiable from the other promises (IFRS 15.27(b)). */
  distinctInContext: boolean;
  /** With which promise it is one, when it is not distinct. */
  joinedWith: string | null;
  /** Of which series it is one instance: same service, over time, measured the same way (IFRS 15.22(b), 23). */
  seriesId: string | null;
}

/** A performance obligation and the promises in it. */
export interface PerformanceObligation {
  obligationId: string;
  kind: 'distinct' | 'combined' | 'series';
  promiseIds: string[];
}

/**
 * The performance obligations of a contract, in the order of their first promise, each under the id of that promise or
 * of its series. Promises that are not distinct are joined until something distinct arises (IFRS 15.30). Source: IFRS
 * 15.22-30, ASC 606-10-25-14 to 25-22.
 * @throws PROMISE_INVALID when a promise is there twice, is not distinct and joined with none, is joined with one that
 *   is not there, is in a series without being distinct, or in one that has the id of a promise outside it
 */
export function obligationsOf(promises: readonly PromisedService[]): PerformanceObligation[] {
  const groupOf = new Map(promises.map((promise) => [promise.promiseId, promise.seriesId ?? promise.promiseId]));
  promises.forEach((promise) => {
    checkPromise(promise, promises);
    if (isDistinct(promise) || promise.joinedWith === null) return;
    const [from, to] = [groupOf.get(promise.promiseId), groupOf.get(promise.joinedWith)];
    for (const [id, group] of groupOf) if (to !== undefined && group === from) groupOf.set(id, to);
  });
  const groups = [...new Set(promises.map((promise) => groupOf.get(promise.promiseId)))];
  return groups.map((group) => {
    const members = promises.filter((promise) => groupOf.get(promise.promiseId) === group);
    const series = members.find((member) => member.seriesId !== null)?.seriesId;
    const promiseIds = members.map((member) => member.promiseId);
    const kind = series ? 'series' : members.length > 1 ? 'combined' : 'distinct';
    return { obligationId: series ?? promiseIds[0] ?? '', kind, promiseIds };
  });
}

function isDistinct(promise: PromisedService): boolean {
  return promise.capableOfBeingDistinct && promise.distinctInContext;
}

function checkPromise(promise: PromisedService, all: readonly PromisedService[]): void {
  const { promiseId, joinedWith, seriesId } = promise;
  const refuse = (problem: string): never => {
    throw new DomainError('PROMISE_INVALID', `promise "${promiseId}" ${problem}`, { promiseId, joinedWith, seriesId });
  };
  if (all.filter((other) => other.promiseId === promiseId).length > 1) refuse('is there twice');
  if (seriesId !== null && all.some((other) => other.promiseId === seriesId && other.seriesId !== seriesId)) {
    refuse(`is in series "${seriesId}", which has the id of a promise outside it`);
  }
  if (isDistinct(promise)) return;
  if (seriesId !== null) refuse('is in a series and not distinct');
  if (joinedWith === null && all.length > 1) refuse('is not distinct, and it is not said with which it is one');
  if (joinedWith !== null && !all.some((other) => other.promiseId === joinedWith && other !== promise)) {
    refuse(`is joined with "${joinedWith}", which is not another promise of the contract`);
  }
}
