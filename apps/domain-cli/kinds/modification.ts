/** Kinds of modification. */
import type { View } from '../view.ts';

/** Views by kind. */
export const modificationKinds: Readonly<Record<string, View>> = {};
