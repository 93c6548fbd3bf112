/**
 * The fault plan: what shall go wrong, for which calls, how often. Draws are seeded, so that a run can be repeated.
 * Faults live in memory only; they are the experimenter's, not part of the systems' state.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { numberOf, textOf, type JsonObject } from './json.ts';
import { SYSTEMS, type SystemName } from './journal.ts';
import { ActionError } from './vendor.ts';

export const FAULTS = [
  'fail-before',
  'fail-after',
  'throttle',
  'delay',
  'reset',
  'reject',
  'arrive-late',
  'swallow',
  'duplicate-notice',
  'reorder-notices',
  'drop-notice',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  id: string;
  system?: SystemName;
  operation: string;
  fault: FaultName;
  /** Hits allowed; undefined = no limit. */
  times?: number;
  rate?: number;
  seed: number;
  skip: number;
  match?: string;
  writesOnly: boolean;
  mode?: 'error' | 'hang' | 'reset';
  delayMs?: number;
  status?: number;
  retryAfterSeconds?: number;
  copies: number;
  /** Calls that fitted, and those of them that were hit. */
  seen: number;
  hits: number;
}

export interface Candidate {
  system: SystemName;
  /** `METHOD /path`, or `NOTICE Opportunity`. */
  operation: string;
  write: boolean;
  /** Url and body, searched for a sentinel value. */
  content: string;
  notice: boolean;
}

interface Planned {
  fault: Fault;
  draw: () => number;
  pattern: RegExp;
}

export class FaultPlan {
  private planned: Planned[] = [];
  private readonly held = new Set<{ id: string; early: AbortController }>();
  private count = 0;

  add(input: JsonObject): string {
    const fault = faultFrom(input, `fault-${++this.count}`);
    this.planned.push({ fault, draw: randomFrom(fault.seed), pattern: globOf(fault.operation) });
    return fault.id;
  }

  list(): Fault[] {
    return this.planned.map(({ fault }) => ({ ...fault }));
  }

  /** Takes one fault away, or all; false when the id is unknown. */
  remove(id?: string): boolean {
    const before = this.planned.length;
    for (const held of this.held) if (id === undefined || held.id === id) held.early.abort();
    this.planned = id === undefined ? [] : this.planned.filter(({ fault }) => fault.id !== id);
    return id === undefined || this.planned.length < before;
  }

  /** Waits until the fault is taken away, at most `delayMs` (default 1000). */
  async removal({ id, delayMs = 1000 }: Fault): Promise<void> {
    const held = { id, early: new AbortController() };
    this.held.add(held);
    await pause(delayMs, undefined, { ref: false, signal: held.early.signal }).catch(() => undefined);
    this.held.delete(held);
  }

  /** The first fault that hits this call, already counted; undefined when the call may go on. */
  take(candidate: Candidate): Fault | undefined {
    for (const planned of this.planned) {
      if (fits(planned, candidate) && hits(planned)) return planned.fault;
    }
    return undefined;
  }
}

function fits({ fault, pattern }: Planned, candidate: Candidate): boolean {
  if (fault.fault.includes('notice') !== candidate.notice) return false;
  if (fault.system !== undefined && fault.system !== candidate.system) return false;
  if (fault.writesOnly && !candidate.write) return false;
  if (fault.match !== undefined && !candidate.content.includes(fault.match)) return false;
  return pattern.test(candidate.operation);
}

function hits({ fault, draw }: Planned): boolean {
  if (fault.times !== undefined && fault.hits >= fault.times) return false;
  fault.seen += 1;
  if (fault.seen <= fault.skip) return false;
  if (fault.rate !== undefined && draw() >= fault.rate) return false;
  fault.hits += 1;
  return true;
}

function globOf(glob: string): RegExp {
  const escaped = glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`);
}

/** mulberry32: small, seeded, good enough to choose calls. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const FIELDS = new Set(
  'system operation fault times rate seed skip match writesOnly mode delayMs status retryAfterSeconds copies'.split(
    ' ',
  ),
);

function faultFrom(input: JsonObject, id: string): Fault {
  const unknown = Object.keys(input).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw new ActionError(`a fault has no field ${unknown}`);
  const fault = FAULTS.find((name) => name === input['fault']);
  if (fault === undefined) throw new ActionError(`fault must be one of ${FAULTS.join(', ')}`);
  const system = SYSTEMS.find((name) => name === input['system']);
  if (input['system'] !== undefined && system === undefined) throw new ActionError(`unknown system`);
  const mode = (['error', 'hang', 'reset'] as const).find((name) => name === input['mode']);
  if (input['mode'] !== undefined && mode === undefined) throw new ActionError('mode must be error, hang or reset');
  const number = (name: string, least: number): number | undefined => {
    if (input[name] === undefined) return undefined;
    const value = numberOf(input[name]);
    if (value === undefined || value < least) throw new ActionError(`${name} must be a number of at least ${least}`);
    return value;
  };
  const rate = number('rate', 0);
  if (rate !== undefined && rate > 1) throw new ActionError('rate must be between 0 and 1');
  const times = input['times'] === 'always' ? undefined : (number('times', 1) ?? (rate === undefined ? 1 : undefined));
  return {
    id,
    operation: textOf(input['operation']) ?? '*',
    fault,
    seed: number('seed', 0) ?? 1,
    skip: number('skip', 0) ?? 0,
    writesOnly: input['writesOnly'] === true,
    copies: number('copies', 2) ?? 2,
    seen: 0,
    hits: 0,
    ...defined({ system, times, rate, match: textOf(input['match']), mode }),
    ...defined({ delayMs: number('delayMs', 0), status: number('status', 400) }),
    ...defined({ retryAfterSeconds: number('retryAfterSeconds', 0) }),
  };
}

/** The members that have a value. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
