/**
 * Why an amount is what it is, for people who have to answer that: invoices, the entries behind their lines, and
 * revenue, each with the way to it as it was stored. Derivations are full of amounts in words, so that whoever may not
 * see amounts may not read them at all.
 */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../domain/actor.ts';
import {
  Derivations,
  type InvoiceHead,
  type PricedEntry,
  type Reading,
} from '../../../persistence/repositories/derivations.ts';
import { InvoiceReadings } from '../../../persistence/repositories/invoice-readings.ts';
import { EngagementAccess } from '../engagements/engagement-access.ts';
import { invoiceInErp, lineInErp } from './in-erp.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { cursorOf, placeOf } from '../http/place.ts';
import { Problem } from '../http/problem.ts';
import { Ask, Caller } from '../http/request.ts';
import {
  InvoiceLinesQuery,
  InvoiceListView,
  InvoicesQuery,
  InvoiceView,
  PlaceQuery,
  PricedEntriesView,
  RevenueView,
} from './derivations.views.ts';

const NOT_THERE = 'ENGAGEMENT_UNKNOWN: no such engagement in your legal entities';
const NO_INVOICE = 'ENGAGEMENT_UNKNOWN, or INVOICE_UNKNOWN: the engagement has no such invoice in your legal entities';
const BAD_CURSOR = 'VALIDATION: the cursor or the limit is not what it should be';
const LINE_NO = /^[1-9][0-9]{0,8}$/;

@ApiTags('engagements')
@Controller('v1/engagements/:engagementId')
export class DerivationsController {
  constructor(
    private readonly derivations: Derivations,
    private readonly readings: InvoiceReadings,
    private readonly access: EngagementAccess,
  ) {}

  @Get('invoices')
  @Operation({
    id: 'listInvoices',
    summary: 'Invoices of an engagement, oldest first',
    permission: 'amount:read',
    answers: { 200: { type: InvoiceListView, description: 'A page of them, drafts and void ones included' } },
    problems: { 400: BAD_CURSOR, 404: NOT_THERE },
  })
  async invoices(
    @Param('engagementId') engagementId: string,
    @Query() { limit, cursor }: InvoicesQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    const reading = await this.reading(engagementId, actor);
    const found = await this.derivations.invoices(reading, cursor ?? '', limit + 1);
    return toEdge(paged(found, limit, ({ invoiceId }) => invoiceId));
  }

  @Get('invoices/:invoiceId')
  @Operation({
    id: 'getInvoice',
    summary: 'An invoice: taxes and lines with the way to each amount, and beside them what the ERP made of it',
    permission: 'amount:read',
    answers: { 200: { type: InvoiceView, description: 'The invoice with a page of its lines' } },
    problems: { 400: BAD_CURSOR, 404: NO_INVOICE },
  })
  async invoice(
    @Param('engagementId') engagementId: string,
    @Param('invoiceId') invoiceId: string,
    @Query() { limit, cursor }: InvoiceLinesQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    const invoice = await this.require(engagementId, invoiceId, actor);
    const taxes = await this.derivations.taxes(invoiceId);
    const found = await this.derivations.lines(invoiceId, Number(cursor ?? 0), limit + 1);
    const { data, nextCursor } = paged(found, limit, ({ lineNo }) => String(lineNo));
    const rounding = await this.derivations.rounding(invoiceId);
    const reading = await this.readings.find(invoiceId);
    const lines = data.map((line) => ({ ...line, inErp: reading ? lineInErp(line, reading) : null }));
    const inErp = reading ? invoiceInErp(invoice, reading, await this.derivations.countLines(invoiceId)) : null;
    return toEdge({ ...invoice, rounding, taxes, inErp, lines, nextCursor });
  }

  @Get('invoices/:invoiceId/lines/:lineNo/entries')
  @Operation({
    id: 'listPricedEntries',
    summary: 'The priced entries behind a line, with rate card, rounding and what is held of each',
    permission: 'amount:read',
    answers: { 200: { type: PricedEntriesView, description: 'A page, by source key; none of a milestone or a fee' } },
    problems: { 400: BAD_CURSOR, 404: `${NO_INVOICE}. INVOICE_LINE_UNKNOWN` },
  })
  async entries(
    @Param('engagementId') engagementId: string,
    @Param('invoiceId') invoiceId: string,
    @Param('lineNo') lineNo: string,
    @Query() { limit, cursor }: PlaceQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    await this.require(engagementId, invoiceId, actor);
    if (!LINE_NO.test(lineNo) || !(await this.derivations.hasLine(invoiceId, Number(lineNo)))) {
      throw new Problem(404, 'INVOICE_LINE_UNKNOWN', 'the invoice has no line of that number');
    }
    const found = await this.derivations.entries({ invoiceId, lineNo: Number(lineNo) }, placeOf(cursor), limit + 1);
    const { data, nextCursor } = paged(found, limit, ({ kind, sourceKey }) => cursorOf([kind, sourceKey]));
    return toEdge({ data: data.map(viewOf), nextCursor });
  }

  @Get('revenue')
  @Operation({
    id: 'listRevenue',
    summary: 'Recognised revenue, by contract line and month, with the way to each amount',
    permission: 'amount:read',
    answers: { 200: { type: RevenueView, description: 'A page, in the order of contract line and month' } },
    problems: { 400: BAD_CURSOR, 404: NOT_THERE },
  })
  async revenue(
    @Param('engagementId') engagementId: string,
    @Query() { limit, cursor }: PlaceQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    const reading = await this.reading(engagementId, actor);
    const found = await this.derivations.revenue(reading, placeOf(cursor), limit + 1);
    return toEdge(paged(found, limit, ({ contractLineId, month, kind }) => cursorOf([contractLineId, month, kind])));
  }

  /** @throws ENGAGEMENT_UNKNOWN */
  private async reading(engagementId: string, actor: Actor): Promise<Reading> {
    await this.access.require(engagementId, actor);
    return { engagementId, visibleTo: actor.legalEntities };
  }

  /** @throws ENGAGEMENT_UNKNOWN, INVOICE_UNKNOWN also for what belongs to another engagement or other legal entities */
  private async require(engagementId: string, invoiceId: string, actor: Actor): Promise<InvoiceHead> {
    const invoice = await this.derivations.findInvoice(await this.reading(engagementId, actor), invoiceId);
    if (invoice) return invoice;
    throw new Problem(404, 'INVOICE_UNKNOWN', 'the engagement has no such invoice in your legal entities');
  }
}

/** A page of what was found with one row more than is wanted: that one only tells that there is more. */
function paged<T>(found: readonly T[], limit: number, placeAfter: (last: T) => string) {
  const data = found.slice(0, limit);
  const last = found.length > limit ? data.at(-1) : undefined;
  return { data, nextCursor: last === undefined ? null : placeAfter(last) };
}

/** An entry, with what people ask for first taken out of its way. */
function viewOf({ derivation, ...entry }: PricedEntry) {
  const { rateCardId: id, rateCardVersion: version } = derivation.inputs;
  const rateCard = id === undefined || version === undefined ? null : { id, version };
  return { ...entry, rateCard, rounding: derivation.rounding, derivation };
}
