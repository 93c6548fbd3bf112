/**
 * The append-only journal of what really happened in the three systems: the oracle of the tests and the only storage.
 * One NDJSON file per system; one sequence and one strictly increasing clock over all of them. A row is written
 * before the answer leaves, so that "committed, then timed out" is honest and a restart finds the same state.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from './json.ts';

export type SystemName = 'salesforce' | 'kantata' | 'netsuite';
export const SYSTEMS: readonly SystemName[] = ['salesforce', 'kantata', 'netsuite'];

export type Effect = 'created' | 'changed' | 'removed' | 'none';

export interface JournalRow {
  sequence: number;
  /** Server time, ISO 8601 with milliseconds, strictly increasing. */
  time: string;
  system: SystemName;
  operation: string;
  objectType: string | null;
  objectId: string | null;
  businessKey: string | null;
  effect: Effect;
  /** The external or idempotency key that the object carries. */
  key: string | null;
  requestId: string;
  /** `done`, `unchanged`, or "<status> <code>" of a refusal. */
  outcome: string;
  object: JsonObject | null;
}

export type NewRow = Omit<JournalRow, 'sequence' | 'time'>;

/** Journals of all systems, in files under `dataDir` or in memory. */
export class Journal {
  private rows: JournalRow[] = [];
  private readonly files = new Map<SystemName, number>();
  private sequence = 0;
  private lastMs = 0;
  private readonly dataDir: string | undefined;

  constructor(dataDir?: string) {
    this.dataDir = dataDir;
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
    this.open();
  }

  /** The next moment of the server clock: never the same twice, so that watermarks work. */
  nextTime(): string {
    this.lastMs = Math.max(Date.now(), this.lastMs + 1);
    return new Date(this.lastMs).toISOString();
  }

  append(row: NewRow, time = this.nextTime()): JournalRow {
    const stored: JournalRow = { sequence: ++this.sequence, time, ...row };
    const file = this.files.get(row.system);
    if (file !== undefined) writeSync(file, `${JSON.stringify(stored)}\n`);
    this.rows.push(stored);
    return stored;
  }

  lastSequence(): number {
    return this.sequence;
  }

  since(sequence: number, system?: SystemName): JournalRow[] {
    return this.rows.filter((row) => row.sequence > sequence && (system === undefined || row.system === system));
  }

  /** Forgets everything; the clock goes on. */
  wipe(): void {
    this.close();
    for (const system of SYSTEMS) {
      if (this.dataDir !== undefined) rmSync(this.pathOf(this.dataDir, system), { force: true });
    }
    this.rows = [];
    this.sequence = 0;
    this.open();
  }

  close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
  }

  private pathOf(dataDir: string, system: SystemName): string {
    return join(dataDir, `${system}.ndjson`);
  }

  private open(): void {
    if (this.dataDir === undefined) return;
    for (const system of SYSTEMS) {
      const path = this.pathOf(this.dataDir, system);
      if (existsSync(path)) this.rows.push(...readRows(path));
      this.files.set(system, openSync(path, 'a', 0o600));
    }
    this.rows.sort((a, b) => a.sequence - b.sequence);
    const last = this.rows.at(-1);
    this.sequence = last?.sequence ?? 0;
    if (last !== undefined) this.lastMs = Math.max(this.lastMs, Date.parse(last.time));
  }
}

/** Rows of one file. A last line cut off by a crash was never answered, so it is cut away. */
function readRows(path: string): JournalRow[] {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalRow);
}
