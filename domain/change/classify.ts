/**
 * Which way a modification goes, by obligation: a contract of its own, prospective, or cumulative catch-up. The
 * judgements are inputs, made by people with evidence; what follows from them is the rule (IFRS 15.18-21,
 * ASC 606-10-25-10 to 25-13; domain.md, Change, credit, close).
 */

/** What people judged of one obligation that a change touches. */
export interface Assessment {
  /** The change adds goods or services that are distinct (IFRS 15.20(a), 26-30). */
  addsDistinct: boolean;
  /** They are priced at what they cost alone, adjusted for the circumstances of the contract (IFRS 15.20(b)). */
  atStandAlonePrice: boolean;
  /** What is left to deliver is distinct from what was delivered; so it is in every series (IFRS 15.21, 22(b)). */
  remainingDistinct: boolean;
}

/** The classes of domain.md. */
export type ModificationClass = 'separate' | 'prospective' | 'catch-up';

/** A class with the reason, in words and by paragraph. */
export interface Classification {
  class: ModificationClass;
  reason: string;
  /** Of IFRS 15; ASC 606-10-25-12 and 25-13 say the same. */
  paragraph: string;
}

/** The class of what a change does to one obligation. Source: IFRS 15.20, 21(a), 21(b). */
export function classify({ addsDistinct, atStandAlonePrice, remainingDistinct }: Assessment): Classification {
  if (addsDistinct && atStandAlonePrice) {
    const reason = 'what is added is distinct and at its stand-alone price';
    return { class: 'separate', reason, paragraph: '20' };
  }
  const why = !addsDistinct ? 'nothing distinct is added' : 'what is added is not at its stand-alone price';
  return remainingDistinct
    ? { class: 'prospective', reason: `${why}; what is left is distinct from what was delivered`, paragraph: '21(a)' }
    : { class: 'catch-up', reason: `${why}; what is left is one with what was delivered`, paragraph: '21(b)' };
}

/** The class of a change as a whole: that of its obligations, or mixed; null when it touches none. IFRS 15.21(c). */
export function classOfChange(classes: readonly ModificationClass[]): ModificationClass | 'mixed' | null {
  const [first, ...others] = [...new Set(classes)];
  if (first === undefined) return null;
  return others.length === 0 ? first : 'mixed';
}
