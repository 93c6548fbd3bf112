/**
 * Access tokens: fetched when needed, kept until shortly before they expire, fetched once however many callers wait. A
 * rush of token requests is what vendors lock integrations for.
 */
import { constants, createPrivateKey, createSign, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { CallContext } from '../ports/context.ts';

/** Renewed this long before expiry, so that no call leaves with a token that dies on the way. */
const MARGIN_MS = 60_000;

/** A token and the moment, in epoch milliseconds, from which it must not be used. */
export interface AccessToken {
  value: string;
  expiresAtMs: number;
}

/** Gives a valid token; `discard` forgets one that the vendor refused. */
export interface TokenSource {
  token(context: CallContext): Promise<string>;
  discard(token: string): void;
}

/** A token that never changes. */
export function fixedToken(value: string): TokenSource {
  return { token: () => Promise.resolve(value), discard: () => undefined };
}

/** A token from `fetchToken`, shared by all callers until it expires or is discarded. */
export function cachedToken(fetchToken: (context: CallContext) => Promise<AccessToken>): TokenSource {
  let current: AccessToken | undefined;
  let underWay: Promise<AccessToken> | undefined;
  const renew = async (context: CallContext): Promise<AccessToken> => {
    // One caller's cancellation must not fail the others that wait for the same token.
    const shared: CallContext = { correlationId: context.correlationId, actorSubject: context.actorSubject };
    current = await fetchToken(shared);
    return current;
  };
  return {
    async token(context) {
      if (current !== undefined && Date.now() < current.expiresAtMs - MARGIN_MS) return current.value;
      underWay ??= renew(context).finally(() => {
        underWay = undefined;
      });
      return (await underWay).value;
    },
    discard(token) {
      if (current?.value === token) current = undefined;
    },
  };
}

/** Signature algorithms that the vendors' JWT grants accept. */
export type JwtAlgorithm = 'RS256' | 'PS256' | 'ES256';

/** A private key from PEM text. @throws Error that does not quote the text */
export function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error('the private key is not a PEM key');
  }
}

/** A signed JWT with a fresh `jti`; times are seconds (RFC 7519). */
export function signJwt(
  key: KeyObject,
  algorithm: JwtAlgorithm,
  header: Record<string, string>,
  claims: Record<string, unknown>,
): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: algorithm, typ: 'JWT', ...header })}.${part({ jti: randomUUID(), ...claims })}`;
  return `${content}.${signatureOf(key, algorithm, content).toString('base64url')}`;
}

function signatureOf(key: KeyObject, algorithm: JwtAlgorithm, content: string): Buffer {
  if (algorithm === 'RS256') return createSign('sha256').update(content).sign(key);
  if (algorithm === 'ES256') return sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
  return sign('sha256', Buffer.from(content), {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}
