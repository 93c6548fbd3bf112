/** Kinds of currency. */
import type { View } from '../view.ts';

/** Views by kind. */
export const currencyKinds: Readonly<Record<string, View>> = {};
