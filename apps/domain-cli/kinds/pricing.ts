/** Kinds of pricing. */
import type { View } from '../view.ts';

/** Views by kind. */
export const pricingKinds: Readonly<Record<string, View>> = {};
