/**
 * Signatures of notices, after the Standard Webhooks specification (standardwebhooks.com, version 1): HMAC-SHA256 over
 * `id.timestamp.body` on the bytes as they came. A notice is verified before anything in it is read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the sender's clock may be off, milliseconds. */
const TOLERANCE_MS = 300_000;

/** What a notice says about itself. */
export interface SignedNotice {
  id: string | undefined;
  /** Seconds since 1970. */
  timestamp: string | undefined;
  /** Space-separated `v1,<base64>`. */
  signature: string | undefined;
  body: Buffer;
}

/** Why a notice is not believed. */
export type Distrust = 'NOTICE_UNSIGNED' | 'NOTICE_STALE' | 'NOTICE_FORGED';

function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
}

/**
 * Why the notice is not believed at `nowMs`, or undefined when one of the secrets signed it. `secrets` are separated by
 * spaces: during a rotation the old and the new one count.
 */
export function distrustOf(notice: SignedNotice, secrets: string, nowMs: number): Distrust | undefined {
  const { id, timestamp, signature, body } = notice;
  if (!id || !timestamp || !signature) return 'NOTICE_UNSIGNED';
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1000) > TOLERANCE_MS) return 'NOTICE_STALE';
  const given = signature
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  const expected = secrets
    .split(' ')
    .filter((secret) => secret !== '')
    .map((secret) => createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest());
  // Every pair is compared, so that the time taken tells nothing about which secret or signature came near.
  const matches = expected.flatMap((right) =>
    given.map((left) => left.length === right.length && timingSafeEqual(left, right)),
  );
  return matches.includes(true) ? undefined : 'NOTICE_FORGED';
}
