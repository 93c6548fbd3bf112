/**
 * The taxes of one line, one on top of another: added to the price or held in it, of the price or of the price with
 * earlier taxes, in percent or per unit. Every tax is a straight line in the net amount, so that the net of a price
 * that holds taxes is found by one division, whatever stands in the stack (domain.md, Amounts; B20).
 */
import { DomainError } from '../errors.ts';
import {
  absolute,
  compareDecimals,
  type Decimal,
  dividedBy,
  isZeroDecimal,
  minus,
  negated,
  plus,
  sumDecimals,
  times,
} from '../money/decimal.ts';
import { type Figure, figure, sumOf } from '../money/derivation.ts';
import type { Rounding } from '../money/rounding.ts';

/** One tax of a stack. The order of the stack is the order in which taxes build on each other. */
export interface StackedTax {
  /** `percent` of the base; `division`: percent of what base and tax are together; `fixed`: an amount per unit. */
  type: 'percent' | 'division' | 'fixed';
  amount: Decimal;
  /** The taxes after this one are taken on a base that holds it. */
  includeBase?: boolean | undefined;
  /** The price holds this tax. */
  priceInclude?: boolean | undefined;
}

/** A line before and after its taxes. */
export interface TaxedLine {
  /** Without any tax. */
  excluded: Figure;
  /** By the order of the stack. */
  taxes: Figure[];
  /** With all taxes: excluded + taxes. */
  included: Figure;
}

/** (slope x net + offset) / over */
interface Line {
  slope: Decimal;
  offset: Decimal;
  over: Decimal;
}

/** Taxes that share a base; the next layer's base holds the last of them. */
interface Layer {
  taxes: readonly StackedTax[];
  /** Percents taken of the price that holds them: of taxes on top of the price, of taxes in it. */
  divisionOnTop: Decimal;
  divisionInPrice: Decimal;
  percentInPrice: Decimal;
}

const NET: Line = { slope: '1', offset: '0', over: '1' };

/**
 * What of quantity x price is net and what is each tax, amounts in major units. The price of the line is rounded first.
 * Where it holds taxes, net = price less those taxes, found by division and rounded; the last tax of each base in the
 * price takes what the roundings leave, so that net + taxes in the price = price exactly. A tax per unit has the sign
 * of the line.
 *
 * Figures are those of Odoo, addons/account/tests/test_tax.py, versions 13 to 17, where taxes in the price come after
 * none on top that raises their base; there its figures did not sum to the price, and later versions, like this,
 * solve for the net.
 * @throws TAX_INVALID when percents of the price leave no net; DECIMAL_INVALID
 */
export function taxStack(
  input: { price: Decimal; quantity: Decimal; taxes: readonly StackedTax[] },
  rounding: Rounding | null,
): TaxedLine {
  const { price, quantity, taxes } = input;
  const gross = figure('quantity x price', { quantity, price }, times(quantity, price), rounding);
  const sign = gross.value.startsWith('-') ? '-1' : '1';
  const units = times(absolute(quantity), sign);
  const layers = layersOf(taxes);
  const lines = linesOf(layers, units);
  const inPrice = taxes.flatMap((tax, index) => (tax.priceInclude ? [lines[index] ?? NET] : []));
  const excluded = netOf(gross, [NET, ...inPrice].reduce(added), rounding);

  const amounts: Figure[] = [];
  let base = excluded.value;
  let held = excluded.value;
  const lastOfAll = taxes.findLastIndex(takesRest);
  for (const layer of layers) {
    const lastInLayer = layer.taxes.findLastIndex(takesRest);
    for (const [position, tax] of layer.taxes.entries()) {
      const index = amounts.length;
      const upTo = taxes.flatMap((one, at) => (one.priceInclude && at <= index ? [lines[at] ?? NET] : []));
      const rest = position === lastInLayer ? restOf(index === lastOfAll, gross, excluded, upTo, held) : undefined;
      const amount = rest
        ? figure('price to here - net - other taxes in it', { ...describe(tax), ...rest.inputs }, rest.exact, rounding)
        : amountOn(tax, base, layer, units, rounding);
      amounts.push(amount);
      if (tax.priceInclude) held = plus(held, amount.value);
    }
    base = plus(base, layer.taxes.at(-1)?.includeBase ? (amounts.at(-1)?.value ?? '0') : '0');
  }
  return { excluded, taxes: amounts, included: sumOf('net + taxes', [excluded, ...amounts]) };
}

/** A tax of nothing never absorbs a rounding: 0 % stays 0. */
function takesRest(tax: StackedTax): boolean {
  return tax.priceInclude === true && !isZeroDecimal(tax.amount);
}

/** The stack cut after every tax that raises the base. */
function layersOf(taxes: readonly StackedTax[]): Layer[] {
  const groups: StackedTax[][] = [[]];
  for (const tax of taxes) {
    groups.at(-1)?.push(tax);
    if (tax.includeBase) groups.push([]);
  }
  return groups.map((group) => {
    const percents = (type: StackedTax['type'], inPrice: boolean): Decimal =>
      sumDecimals(group.filter((t) => t.type === type && (t.priceInclude ?? false) === inPrice).map((t) => t.amount));
    const layer: Layer = {
      taxes: group,
      divisionOnTop: percents('division', false),
      divisionInPrice: percents('division', true),
      percentInPrice: percents('percent', true),
    };
    if (compareDecimals(layer.divisionOnTop, '100') >= 0 || compareDecimals(layer.divisionInPrice, '100') > 0) {
      throw noNet('taxes as percent of the price with tax are 100 % or more', group);
    }
    return layer;
  });
}

function linesOf(layers: readonly Layer[], units: Decimal): Line[] {
  const lines: Line[] = [];
  let base = NET;
  for (const layer of layers) {
    lines.push(...layer.taxes.map((tax) => lineOf(tax, base, layer, units)));
    if (layer.taxes.at(-1)?.includeBase) base = added(base, lines.at(-1) ?? NET);
  }
  return lines;
}

/** A tax on a base that is itself a line in the net. */
function lineOf(tax: StackedTax, base: Line, layer: Layer, units: Decimal): Line {
  if (tax.type === 'fixed') return { slope: '0', offset: times(tax.amount, units), over: '1' };
  if (tax.type === 'percent') return scaled(base, tax.amount, '100');
  if (!tax.priceInclude) return scaled(base, tax.amount, minus('100', layer.divisionOnTop));
  const gross = scaled(base, plus('100', layer.percentInPrice), '100');
  return scaled(gross, tax.amount, minus('100', layer.divisionInPrice));
}

function amountOn(tax: StackedTax, base: Decimal, layer: Layer, units: Decimal, rounding: Rounding | null): Figure {
  const { offset, over } = lineOf(tax, { slope: '0', offset: base, over: '1' }, layer, units);
  const rule = {
    percent: 'base x percent / 100',
    division: 'base x percent / (100 - percents of the price with tax)',
    fixed: 'amount x quantity',
  }[tax.type];
  return figure(rule, { base, ...describe(tax), units }, dividedBy(offset, over), rounding);
}

/** What a tax in the price gets so that net and taxes come to the price, or to its share up to here. */
function restOf(
  isLast: boolean,
  gross: Figure,
  excluded: Figure,
  upTo: readonly Line[],
  held: Decimal,
): { exact: Decimal; inputs: Record<string, string> } {
  const line = [NET, ...upTo].reduce(added);
  const share = isLast
    ? gross.value
    : dividedBy(plus(times(line.slope, excluded.derivation.exact), line.offset), line.over);
  return { exact: minus(share, held), inputs: { priceToHere: share, netAndTaxesBefore: held } };
}

function netOf(gross: Figure, price: Line, rounding: Rounding | null): Figure {
  if (price === NET) return figure('price, which holds no tax', { price: gross.value }, gross.value, null, [gross]);
  if (compareDecimals(price.slope, '0') <= 0) throw noNet('the taxes in the price leave no net', []);
  const exact = dividedBy(plus(times(gross.value, price.over), negated(price.offset)), price.slope);
  const inputs = { price: gross.value, slope: price.slope, offset: price.offset, over: price.over };
  return figure('(price x over - offset of taxes in it) / slope of net and taxes in it', inputs, exact, rounding, [
    gross,
  ]);
}

function describe({ type, amount }: StackedTax): Record<string, string> {
  return { type, amount };
}

function added(a: Line, b: Line): Line {
  if (a.over === b.over) return { slope: plus(a.slope, b.slope), offset: plus(a.offset, b.offset), over: a.over };
  return {
    slope: plus(times(a.slope, b.over), times(b.slope, a.over)),
    offset: plus(times(a.offset, b.over), times(b.offset, a.over)),
    over: times(a.over, b.over),
  };
}

function scaled(line: Line, by: Decimal, over: Decimal): Line {
  return { slope: times(line.slope, by), offset: times(line.offset, by), over: times(line.over, over) };
}

function noNet(why: string, taxes: readonly StackedTax[]): DomainError {
  return new DomainError('TAX_INVALID', `${why}: expected less than the price`, { taxes });
}
