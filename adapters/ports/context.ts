/** What every outside call carries: the chain it belongs to, the person behind it, and the moment to give up. */
export interface CallContext {
  correlationId: string;
  actorSubject: string;
  /** Aborted when the activity is cancelled or its time is up. */
  signal?: AbortSignal;
}
