/**
 * Access tokens as the vendors hand them out: short-lived, revocable, forgotten at a restart (the client gets 401 and
 * asks again). JWT assertions are checked for form, claims and, when a public key is known, signature.
 */
import { constants, createPublicKey, randomBytes, verify } from 'node:crypto';
import { numberOf, parseObject, textOf, type JsonObject } from './json.ts';

export const TOKEN_LIFETIME_MS = 60 * 60_000;

export class Tokens {
  private readonly expiries = new Map<string, number>();

  issue(prefix: string): string {
    const token = `${prefix}${randomBytes(24).toString('base64url')}`;
    this.expiries.set(token, Date.now() + TOKEN_LIFETIME_MS);
    return token;
  }

  /** True when the Authorization header carries a token that is known and still lives. */
  admits(authorization: string | undefined): boolean {
    const token = authorization?.match(/^(?:Bearer|OAuth) (.+)$/i)?.[1];
    return token !== undefined && (this.expiries.get(token) ?? 0) > Date.now();
  }

  revokeAll(): void {
    this.expiries.clear();
  }
}

export interface Assertion {
  header: JsonObject;
  claims: JsonObject;
}

/** Reads a JWT assertion; returns the reason in plain words when it must be refused. */
export function readAssertion(jwt: string, publicKey?: string): Assertion | string {
  const [head = '', payload = '', signature = '', ...rest] = jwt.split('.');
  const header = parseObject(Buffer.from(head, 'base64url').toString('utf8'));
  const claims = parseObject(Buffer.from(payload, 'base64url').toString('utf8'));
  if (rest.length > 0 || signature === '' || header === undefined || claims === undefined) return 'not a signed JWT';
  const algorithm = textOf(header['alg']) ?? '';
  if (!['RS256', 'PS256', 'ES256'].includes(algorithm)) return `algorithm ${algorithm} is not accepted`;
  const expiry = numberOf(claims['exp']);
  if (expiry === undefined || expiry * 1000 <= Date.now()) return 'assertion has expired or has no exp';
  if (publicKey !== undefined && !signed(`${head}.${payload}`, signature, algorithm, publicKey)) return 'bad signature';
  return { header, claims };
}

function signed(content: string, signature: string, algorithm: string, publicKey: string): boolean {
  const key = createPublicKey(publicKey);
  const options =
    algorithm === 'PS256'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : algorithm === 'ES256'
        ? { key, dsaEncoding: 'ieee-p1363' as const }
        : { key };
  return verify('sha256', Buffer.from(content), options, Buffer.from(signature, 'base64url'));
}
