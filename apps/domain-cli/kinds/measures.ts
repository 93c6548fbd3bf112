/** Kinds of measures. */
import type { View } from '../view.ts';

/** Views by kind. */
export const measuresKinds: Readonly<Record<string, View>> = {};
