// What an invoice bills moves with it, along the tables; off a posted invoice nothing comes.
import {
  billingEventStateOf,
  comeOffInvoice,
  moveBilled,
  putOnDraft,
  type StoredInvoiceState,
  workStateOf,
} from '../../../domain/billing/billed-states.ts';
import { code } from '../money/domain-error.ts';

const POSTED: readonly StoredInvoiceState[] = ['posted', 'part-paid', 'paid'];

test('an entry is what the PSA says until an invoice has it, and then where the invoice is', () => {
  const entry = { told: 'approved', billable: true, invoice: null } as const;
  expect(workStateOf({ ...entry, told: 'submitted' })).toBe('submitted');
  expect(workStateOf(entry)).toBe('billable');
  expect(workStateOf({ ...entry, billable: false })).toBe('non-billable');
  expect(workStateOf({ ...entry, told: 'draft', invoice: 'draft' })).toBe('on-invoice');
  expect(POSTED.map((invoice) => workStateOf({ ...entry, invoice }))).toEqual(['invoiced', 'invoiced', 'invoiced']);
  expect(workStateOf({ ...entry, invoice: 'void' })).toBe('billable');
});

test('a draft is made, voided or posted with all that it bills; a posted one is paid and never void', () => {
  for (const [from, to] of [
    [null, 'draft'],
    ['draft', 'void'],
    ['draft', 'posted'],
    ['posted', 'paid'],
  ] as const) {
    expect([from, to, code(() => moveBilled(from, to))]).toEqual([from, to, 'nothing refused']);
  }
  for (const posted of POSTED) expect(code(() => moveBilled(posted, 'void'))).toBe('TRANSITION_REFUSED');
  expect(code(() => moveBilled('void', 'posted'))).toBe('TRANSITION_REFUSED');
  expect(code(() => moveBilled(null, 'posted'))).toBe('TRANSITION_REFUSED');
});

test('a recalled entry comes off a draft, and off a posted invoice never', () => {
  const recalled = { told: 'draft', billable: true } as const;
  expect(code(() => comeOffInvoice({ ...recalled, invoice: 'draft' }))).toBe('nothing refused');
  for (const invoice of POSTED) expect(code(() => comeOffInvoice({ ...recalled, invoice }))).toBe('TRANSITION_REFUSED');
});

test('what a limit holds back as a whole goes on no draft', () => {
  expect(billingEventStateOf({ held: true, invoice: null })).toBe('held');
  expect(code(() => putOnDraft({ held: true, invoice: null }))).toBe('TRANSITION_REFUSED');
  expect(code(() => putOnDraft({ held: false, invoice: null }))).toBe('nothing refused');
});
