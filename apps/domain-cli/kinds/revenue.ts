/** Kinds of revenue. */
import type { View } from '../view.ts';

/** Views by kind. */
export const revenueKinds: Readonly<Record<string, View>> = {};
