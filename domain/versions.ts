/**
 * Versions of objects in outside systems, compared as text: ISO instants in UTC, zero-padded counters. A change stamp
 * may be coarse, so a second change under the same stamp gets a counter behind it (`stamp#2`).
 */

/** The version of a change: its stamp, counted on where the latest known version has the same one. */
export function versionAfter(latest: string | undefined, stamp: string): string {
  const [known, count = '1'] = latest?.split('#') ?? [];
  return known === stamp ? `${stamp}#${String(Number(count) + 1)}` : stamp;
}

/** The change stamp of a version, without the counter. */
export function stampOf(version: string): string {
  return version.split('#')[0] ?? version;
}
