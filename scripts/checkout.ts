// Where things are: the checkout that this file belongs to, whether it runs from source (tests) or from dist
// (everything else), and the cache that several checkouts share.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findCheckout(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('no package.json above this file: run it inside a checkout');
  return findCheckout(parent);
}

/** Absolute path of the folder that holds package.json. */
export const checkout = findCheckout(dirname(fileURLToPath(import.meta.url)));

/** First 12 hex digits of a SHA-256: enough to tell a machine's directories apart. */
export function shortHash(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 12);
}

/** Directory for what is expensive to get and can be had again; survives `rm -rf` of the checkout. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME ?? (homedir() === '/' ? undefined : join(homedir(), '.cache'));
  return join(base ?? tmpdir(), 'throughline');
}
