/**
 * The version of the release, from package.json: two folders up from the sources, three from what was built of them.
 */
import { existsSync, readFileSync } from 'node:fs';

/** e.g. `0.1.0`. */
export function releaseVersion(): string {
  const places = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url));
  const file = places.find((place) => existsSync(place));
  if (!file) throw new Error('package.json is not where it was when this was built');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
