/**
 * Calls about one record go one after the other within this process: Tryton refuses no second record with the same key,
 * so two callers who both look and find nothing would both make one.
 */

/** Does the work when all earlier work on the same subject is over, however that ended. */
export type Turns = <T>(subject: string, work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return (subject, work) => {
    const turn = (last.get(subject) ?? Promise.resolve()).then(work);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    last.set(subject, over);
    void over.then(() => {
      if (last.get(subject) === over) last.delete(subject);
    });
    return turn;
  };
}
