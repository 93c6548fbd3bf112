/**
 * Who may make the record of a key in a system that would make a second one: one caller at a time, of all processes.
 * A claim is taken before the call and outlives who took it, so that a process that died in the middle of a create is
 * not forgotten: until its claim is over, the request that it sent may still be carried out (ADR 0015).
 */

/** Claims on keys of connections. The worker gives those of PostgreSQL. */
export interface Claims {
  /**
   * Takes the key for `forMs` milliseconds from now, if nobody holds it; else says in how many milliseconds the claim
   * of whoever does is over. What was taken is kept when this returns, also should the process end now.
   */
  take(wanted: { connectionId: string; key: string; forMs: number }): Promise<{ token: string } | { freeInMs: number }>;
  /** Gives back what was taken with this token. A claim that was over, and is somebody else's now, stays theirs. */
  release(token: string): Promise<void>;
}

/** Claims that only this process knows: for callers of which there is one, and for tests. */
export function claimsInProcess(nowMs: () => number = Date.now): Claims {
  const held = new Map<string, { token: string; untilMs: number }>();
  let taken = 0;
  return {
    take({ connectionId, key, forMs }) {
      const now = nowMs();
      for (const [name, { untilMs }] of held) if (untilMs <= now) held.delete(name);
      const name = JSON.stringify([connectionId, key]);
      const holder = held.get(name);
      if (holder !== undefined) return Promise.resolve({ freeInMs: holder.untilMs - now });
      taken += 1;
      const token = String(taken);
      held.set(name, { token, untilMs: now + forMs });
      return Promise.resolve({ token });
    },
    release(token) {
      for (const [name, holder] of held) if (holder.token === token) held.delete(name);
      return Promise.resolve();
    },
  };
}
