/**
 * Mints our ids: a prefix that tells the kind and a UUID version 7 in 26 letters of Crockford's base 32 (the TypeID
 * form), so that ids sort by the time they were made and read well in a log.
 */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Kinds of things that get an id of ours. */
export type IdPrefix = 'eng' | 'inb' | 'inv' | 'jnl' | 'pay' | 'cst' | 'cor' | 'wkd';

/** A new id such as `eng_01kah3...`: 48 bits of milliseconds, then 74 random bits (RFC 9562, version 7). */
export function mintId(prefix: IdPrefix): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let position = 0; position < 26; position++) {
    text = (ALPHABET[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
  }
  return `${prefix}_${text}`;
}
