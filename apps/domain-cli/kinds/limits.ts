/** Kinds of limits. */
import type { View } from '../view.ts';

/** Views by kind. */
export const limitsKinds: Readonly<Record<string, View>> = {};
