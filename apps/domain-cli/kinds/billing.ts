/** Kinds of billing. */
import type { View } from '../view.ts';

/** Views by kind. */
export const billingKinds: Readonly<Record<string, View>> = {};
