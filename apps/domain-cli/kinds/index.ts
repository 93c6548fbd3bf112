/** Every kind of the vector format, gathered from the rooms of the engine that compute them. */
import type { View } from '../view.ts';
import { billingKinds } from './billing.ts';
import { currencyKinds } from './currency.ts';
import { documentsKinds } from './documents.ts';
import { ledgerKinds } from './ledger.ts';
import { limitsKinds } from './limits.ts';
import { measuresKinds } from './measures.ts';
import { modificationKinds } from './modification.ts';
import { moneyKinds } from './money.ts';
import { pricingKinds } from './pricing.ts';
import { revenueKinds } from './revenue.ts';

/** Views by kind. */
export const KINDS: Readonly<Record<string, View>> = {
  ...moneyKinds,
  ...pricingKinds,
  ...billingKinds,
  ...limitsKinds,
  ...documentsKinds,
  ...currencyKinds,
  ...revenueKinds,
  ...modificationKinds,
  ...ledgerKinds,
  ...measuresKinds,
};
