/**
 * ISO 4217 as one table: which codes exist and how many minor digits each has. Grouped by digits, because the digits
 * are all that amounts need; names and symbols are for screens and live there. Codes without a unit of their own (gold,
 * testing, no currency) are left out: nothing can be invoiced in them.
 */
import { DomainError } from '../errors.ts';

/**
 * An ISO 4217 alphabetic code, e.g. 'GBP'. Plain text, because deals arrive with anything; `minorDigits` is the gate.
 */
export type CurrencyCode = string;

const CODES_BY_DIGITS: readonly (readonly [digits: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
     COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
     INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
     STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  // Withdrawn since 2021 and still found on documents of running contracts and in tables of other systems.
  [2, 'ANG BGN CUC HRK SLL ZWL'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const DIGITS: ReadonlyMap<string, number> = new Map(
  CODES_BY_DIGITS.flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, digits] as const)),
);

/** True when the code is in ISO 4217 and has a unit that amounts can be stated in. */
export function isCurrency(code: string): boolean {
  return DIGITS.has(code);
}

/**
 * How many digits the currency's minor unit has, 0 to 4 (ISO 4217, table A.1).
 * @throws CURRENCY_UNKNOWN
 */
export function minorDigits(code: CurrencyCode): number {
  const digits = DIGITS.get(code);
  if (digits === undefined) {
    throw new DomainError('CURRENCY_UNKNOWN', `"${code}" is not a currency of ISO 4217`, { currency: code });
  }
  return digits;
}
