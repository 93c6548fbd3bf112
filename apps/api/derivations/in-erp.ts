/**
 * What the ERP made of an invoice, beside ours: for whoever has to say which of two figures is right. Nothing here
 * decides that; a difference is settled by the legal entity's rounding policy or in the ERP.
 */
import { agrees, type SideBySide, sideBySide } from '../../../domain/billing/side-by-side.ts';
import { money } from '../../../domain/money/money.ts';
import type { InvoiceHead, LineWithWay } from '../../../persistence/repositories/derivations.ts';
import type { InvoiceReading } from '../../../persistence/repositories/invoice-readings.ts';

/** The ERP's figures of the whole invoice beside ours, which has lines 1 to `lineCount`. */
export function invoiceInErp(
  ours: InvoiceHead,
  reading: InvoiceReading & { readAt: number },
  lineCount: number,
): object {
  const { erpConnectionId, erpId, number, currency, readAt } = reading;
  const [net, tax, total] = [
    sideBySide(ours.net, money(reading.netMinor, currency)),
    sideBySide(ours.tax, money(reading.taxMinor, currency)),
    sideBySide(ours.total, money(reading.totalMinor, currency)),
  ];
  const isOurs = (lineKey: string | null): boolean => /^[1-9]\d*$/.test(lineKey ?? '') && Number(lineKey) <= lineCount;
  const otherLines = reading.lines
    .filter(({ lineKey }) => !isOurs(lineKey))
    .map(({ lineKey, amountMinor }) => ({ lineKey, amount: money(amountMinor, currency) }));
  const isSame = [net, tax, total].every(agrees);
  return { ...{ erpConnectionId, erpId, number, readAt }, agrees: isSame, net, tax, total, otherLines };
}

/** The ERP's amount of one of our lines beside ours. */
export function lineInErp({ lineNo, amount }: LineWithWay, { lines, currency }: InvoiceReading): SideBySide {
  const there = lines.find(({ lineKey }) => lineKey === String(lineNo));
  return sideBySide(amount, there ? money(there.amountMinor, currency) : null);
}
