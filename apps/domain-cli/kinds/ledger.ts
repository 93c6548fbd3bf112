/** Kinds of ledger. */
import type { View } from '../view.ts';

/** Views by kind. */
export const ledgerKinds: Readonly<Record<string, View>> = {};
