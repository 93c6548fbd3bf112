/** Kinds of documents. */
import type { View } from '../view.ts';

/** Views by kind. */
export const documentsKinds: Readonly<Record<string, View>> = {};
