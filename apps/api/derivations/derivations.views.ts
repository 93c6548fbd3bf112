/** Amounts with the way to them: how they are asked for and answered. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { MoneyView, PageQuery } from '../engagements/engagement.inputs.ts';
import { Id } from '../http/inputs.ts';

const INVOICE_STATES = ['draft', 'void', 'posted', 'part-paid', 'paid'];
const METHODS = ['as-invoiced', 'hours-worked', 'milestones-accepted', 'straight-line'];
const date = { type: String, format: 'date' } as const;
const nextCursor = { type: String, nullable: true, description: 'Continues the list; null at its end' } as const;

export class InvoicesQuery extends PageQuery {
  @Id('`nextCursor` of the page before', { optional: true })
  cursor?: string;
}

export class InvoiceLinesQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`nextCursor` of the page of lines before', pattern: '^[0-9]{1,9}$' })
  @IsOptional()
  @Matches(/^[0-9]{1,9}$/, { message: 'cursor is the nextCursor of a page' })
  cursor?: string;
}

/** A page after a place that only we can read. */
export class PlaceQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`nextCursor` of the page before', pattern: '^[A-Za-z0-9_-]{1,800}$' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,800}$/, { message: 'cursor is the nextCursor of a page' })
  cursor?: string;
}

export class RoundingView {
  @ApiProperty({ description: 'How, e.g. half-even; of a share in whole steps: who gets the rest' })
  mode: string;
  @ApiPropertyOptional({ type: 'integer', description: 'To so many digits after the point' })
  scale?: number;
  @ApiPropertyOptional({ description: 'To whole steps of this size' })
  step?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'To so many significant digits' })
  digits?: number;
}

export class DerivationView {
  @ApiProperty({ description: 'The rule in words', example: 'minutes x hourly rate / 60' })
  rule: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'What went in; amounts in major units; ids and versions of what was looked up are among them',
  })
  inputs: Record<string, string>;
  @ApiProperty({ description: 'Before rounding, decimal; an amount is in major units' })
  exact: string;
  @ApiProperty({ type: RoundingView, nullable: true, description: 'null: nothing was rounded' })
  rounding: RoundingView | null;
  @ApiPropertyOptional({ type: () => [DerivationView], description: 'The ways to what was computed itself' })
  parts?: DerivationView[];
}

export class ListedInvoiceView {
  @ApiProperty()
  invoiceId: string;
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty({ type: 'integer', description: 'The version of the contract that it was drafted under' })
  contractVersion: number;
  @ApiProperty({ enum: INVOICE_STATES })
  state: string;
  @ApiProperty({ type: String, nullable: true, description: 'Number in the ERP; null while there is none' })
  number: string | null;
  @ApiProperty({ type: String, nullable: true })
  erpConnectionId: string | null;
  @ApiProperty({ type: String, nullable: true })
  erpId: string | null;
  @ApiProperty(date)
  invoiceOn: string;
  @ApiProperty(date)
  dueOn: string;
  @ApiProperty({ ...date, nullable: true })
  postedOn: string | null;
  @ApiProperty({ type: MoneyView })
  net: MoneyView;
  @ApiProperty({ type: MoneyView })
  tax: MoneyView;
  @ApiProperty({ type: MoneyView })
  total: MoneyView;
  @ApiProperty({ type: MoneyView })
  unpaid: MoneyView;
  @ApiProperty({ type: MoneyView, description: 'Approved work that the run left on hold above not-to-exceed amounts' })
  held: MoneyView;
}

export class InvoiceListView {
  @ApiProperty({ type: [ListedInvoiceView] })
  data: ListedInvoiceView[];
  @ApiProperty(nextCursor)
  nextCursor: string | null;
}

export class SideBySideView {
  @ApiProperty({ type: MoneyView })
  ours: MoneyView;
  @ApiProperty({ type: MoneyView, nullable: true, description: 'null where the ERP has none' })
  erp: MoneyView | null;
  @ApiProperty({ type: MoneyView, nullable: true, description: 'The ERP less ours; null where they do not compare' })
  difference: MoneyView | null;
}

export class RoundingPolicyView {
  @ApiProperty({ enum: ['half-away-from-zero', 'half-even'], description: 'How prices and part months were rounded' })
  mode: string;
  @ApiProperty({ enum: ['per-rate', 'per-line'], description: 'What tax was computed on' })
  tax: string;
  @ApiProperty({ enum: ['half-away-from-zero', 'half-even', 'down', 'up'], description: 'How tax was rounded' })
  taxMode: string;
}

export class OtherLineView {
  @ApiProperty({ type: String, nullable: true })
  lineKey: string | null;
  @ApiProperty({ type: MoneyView })
  amount: MoneyView;
}

export class InvoiceInErpView {
  @ApiProperty()
  erpConnectionId: string;
  @ApiProperty()
  erpId: string;
  @ApiProperty()
  number: string;
  @ApiProperty({ type: String, format: 'date-time', description: 'When it was last read back' })
  readAt: string;
  @ApiProperty({ description: 'Net, tax and total are equal to the minor unit; else the invoice is not in our books' })
  agrees: boolean;
  @ApiProperty({ type: SideBySideView })
  net: SideBySideView;
  @ApiProperty({ type: SideBySideView })
  tax: SideBySideView;
  @ApiProperty({ type: SideBySideView })
  total: SideBySideView;
  @ApiProperty({ type: [OtherLineView], description: 'Lines that the ERP has and we have not' })
  otherLines: OtherLineView[];
}

export class InvoiceLineView {
  @ApiProperty({ type: 'integer' })
  lineNo: number;
  @ApiProperty()
  contractLineId: string;
  @ApiProperty()
  description: string;
  @ApiProperty({ description: 'Decimal, in `unit`; the amount is not computed from it' })
  quantity: string;
  @ApiProperty({ enum: ['hour', 'month', 'item'] })
  unit: string;
  @ApiProperty({ type: MoneyView, description: 'Without tax' })
  amount: MoneyView;
  @ApiProperty()
  taxCode: string;
  @ApiProperty({ enum: ['time', 'expense', 'milestone', 'retainer'], description: 'What it bills' })
  kind: string;
  @ApiProperty({ type: 'integer', description: 'How many of them; of time and expenses the entries can be read' })
  sources: number;
  @ApiProperty({ type: DerivationView })
  derivation: DerivationView;
  @ApiProperty({ type: SideBySideView, nullable: true, description: 'null while the ERP was not read' })
  inErp: SideBySideView | null;
}

export class InvoiceTaxView {
  @ApiProperty()
  code: string;
  @ApiProperty()
  ratePercent: string;
  @ApiProperty({ type: MoneyView })
  base: MoneyView;
  @ApiProperty({ type: MoneyView })
  tax: MoneyView;
  @ApiProperty()
  reverseCharge: boolean;
  @ApiProperty({ type: DerivationView, nullable: true, description: 'null on invoices that were stored without' })
  derivation: DerivationView | null;
}

export class InvoiceView extends ListedInvoiceView {
  @ApiProperty({
    type: RoundingPolicyView,
    nullable: true,
    description: 'The policy of the legal entity that its amounts follow; null on invoices that were stored without',
  })
  rounding: RoundingPolicyView | null;
  @ApiProperty({ type: InvoiceInErpView, nullable: true, description: 'What the ERP made of it; null while not read' })
  inErp: InvoiceInErpView | null;
  @ApiProperty({ type: [InvoiceTaxView] })
  taxes: InvoiceTaxView[];
  @ApiProperty({ type: [InvoiceLineView], description: 'A page of them' })
  lines: InvoiceLineView[];
  @ApiProperty({ ...nextCursor, description: 'Continues the lines; null at their end' })
  nextCursor: string | null;
}

export class RateCardView {
  @ApiProperty()
  id: string;
  @ApiProperty()
  version: string;
}

export class PricedEntryView {
  @ApiProperty({ enum: ['time', 'expense'] })
  kind: string;
  @ApiProperty({ description: 'Connection and entry of the PSA, joined by a colon' })
  sourceKey: string;
  @ApiProperty({ description: 'The revision of the entry that was priced' })
  version: string;
  @ApiProperty({ type: 'integer', description: 'Which part of the entry is billed here; more than 1 after a limit' })
  part: number;
  @ApiProperty({ ...date, description: 'Day of the work: the rate of that day counts' })
  effectiveOn: string;
  @ApiProperty({ type: String, nullable: true, description: 'Price of an hour, decimal; null of an expense' })
  rate: string | null;
  @ApiProperty({ type: RateCardView, nullable: true, description: 'null of an expense' })
  rateCard: RateCardView | null;
  @ApiProperty({ type: RoundingView, nullable: true, description: 'The one step in which the price was rounded' })
  rounding: RoundingView | null;
  @ApiProperty({ type: MoneyView, description: 'What the rules give: `amount` and `held` together' })
  price: MoneyView;
  @ApiProperty({ type: MoneyView, description: 'What this invoice bills of it' })
  amount: MoneyView;
  @ApiProperty({ type: MoneyView, description: 'What it leaves: on hold, or on other invoices' })
  held: MoneyView;
  @ApiProperty({ type: DerivationView, description: 'The way to the price' })
  derivation: DerivationView;
}

export class PricedEntriesView {
  @ApiProperty({ type: [PricedEntryView] })
  data: PricedEntryView[];
  @ApiProperty(nextCursor)
  nextCursor: string | null;
}

export class RevenueRowView {
  @ApiProperty()
  legalEntityId: string;
  @ApiProperty()
  contractLineId: string;
  @ApiProperty({ example: '2031-01' })
  month: string;
  @ApiProperty({ example: 'recognised' })
  kind: string;
  @ApiProperty({ enum: METHODS, description: 'How progress was measured' })
  method: string;
  @ApiProperty({ type: MoneyView, description: 'Recognised in this month: `cumulative` less what was before' })
  amount: MoneyView;
  @ApiProperty({ type: MoneyView, description: 'Recognised to date, this month included' })
  cumulative: MoneyView;
  @ApiProperty({ type: DerivationView, description: 'The way to `cumulative`' })
  derivation: DerivationView;
  @ApiProperty({ type: String, format: 'date-time' })
  recordedAt: string;
}

export class RevenueView {
  @ApiProperty({ type: [RevenueRowView] })
  data: RevenueRowView[];
  @ApiProperty(nextCursor)
  nextCursor: string | null;
}
