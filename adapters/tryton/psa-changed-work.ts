/**
 * What changed in one company since the last question: time lines and milestones, each read by (change stamp, id). A
 * stamp is the beginning of a transaction, so a reader that has caught up starts again a little earlier. Series 6.0 has
 * no one stamp for what was made and what was changed: there, each is read by itself. Tryton keeps no trace of a
 * deleted line.
 */
import { understand } from '../http/classify.ts';
import type { Warn } from '../http/warn.ts';
import { stepBack } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { WorkChanges } from '../ports/psa.port.ts';
import type { Series, TrytonClient } from './client.ts';
import { lineLike, readNote } from './note.ts';
import { fromWireLine, fromWireMilestone, placeOf, workOf } from './psa-convert.ts';
import {
  LINE_FIELDS,
  MILESTONE_FIELDS,
  PLACE_FIELDS,
  type Stamped,
  type WireLine,
  type WireMilestone,
  type WirePlace,
} from './psa-wire.ts';
import { datetime, refOf } from './values.ts';

const ROWS_MAX = 200;

/** By which field changes are read, and of which records. */
interface Stamp {
  field: 'last_modified_at' | 'create_date' | 'write_date';
  of: readonly unknown[];
}

const STAMPS: Readonly<Record<Series, readonly Stamp[]>> = {
  '8.2': [{ field: 'last_modified_at', of: [] }],
  '6.0': [
    { field: 'create_date', of: [['write_date', '=', null]] },
    { field: 'write_date', of: [['write_date', '!=', null]] },
  ],
};

/** Everything up to this stamp is read, and of those with exactly this stamp the ids up to `id`. */
interface Position {
  after: string | null;
  id: string;
}

/** By the field of the stamp. */
type Positions = Partial<Record<Stamp['field'], Position>>;

interface Watermark {
  time: Positions;
  milestones: Positions;
}

const START: Position = { after: null, id: '0' };

export interface ChangesOf {
  connectionId: string;
  companyId: string;
  client: TrytonClient;
  warn: Warn;
  since: string | null;
}

/** One page of each list. */
export async function changedWork(account: ChangesOf, context: CallContext): Promise<WorkChanges> {
  const { connectionId, since, warn } = account;
  const from = understand(connectionId, 'read watermark', () => watermarkOf(since));
  const [time, milestones] = await Promise.all([
    pages<WireLine>(
      account,
      { model: 'timesheet.line', fields: LINE_FIELDS, only: [['work.origin.id', '>', 0, 'project.work']] },
      from.time,
      context,
    ),
    pages<WireMilestone>(
      account,
      { model: 'project.work', fields: MILESTONE_FIELDS, only: [['comment', 'like', lineLike('milestone')]] },
      from.milestones,
      context,
    ),
  ]);
  const ours = milestones.rows.filter(({ comment }) => readNote(comment)['milestone'] !== undefined);
  const workIds = understand(connectionId, 'read changed work', () => time.rows.map(workOf));
  const works = await worksAround(account, [...workIds, ...ours.map(({ id }) => id)], context);
  const next: Watermark = { time: time.positions, milestones: milestones.positions };
  return {
    time: time.rows.flatMap((line, index) => {
      const place = placeOf(workIds[index] ?? '', works);
      return place === undefined ? [] : [fromWireLine(line, place, warn)];
    }),
    expenses: [],
    milestones: ours.flatMap((milestone) => {
      const place = placeOf(milestone.id, works);
      return place === undefined ? [] : [fromWireMilestone(milestone, place)];
    }),
    watermark: JSON.stringify(next),
    more: time.more || milestones.more,
  };
}

interface List {
  model: string;
  fields: readonly string[];
  only: unknown[];
}

/** A page by each stamp of the series. */
async function pages<R extends { id: string }>(account: ChangesOf, list: List, from: Positions, context: CallContext) {
  const read: { rows: Stamped<R>[]; more: boolean; positions: Positions } = { rows: [], more: false, positions: {} };
  for (const stamp of STAMPS[await account.client.series(context)]) {
    const { rows, more, position } = await page<R>(account, list, stamp, from[stamp.field] ?? START, context);
    read.rows.push(...rows);
    read.more ||= more;
    read.positions[stamp.field] = position;
  }
  return read;
}

async function page<R extends { id: string }>(
  { connectionId, companyId, client }: ChangesOf,
  { model, fields, only }: List,
  { field, of }: Stamp,
  position: Position,
  context: CallContext,
) {
  const now = new Date().toISOString();
  const domain = understand(connectionId, 'read watermark', () => [
    ['company', '=', refOf(companyId)],
    ...only,
    ...of,
    ...laterThan(field, position),
  ]);
  const order = [
    [field, 'ASC'],
    ['id', 'ASC'],
  ] as const;
  const found = await client.page<R & Record<Stamp['field'], string>>(
    model,
    { domain, fields: [...fields, field], order, offset: 0, limit: ROWS_MAX },
    { companyId },
    context,
  );
  const rows: Stamped<R>[] = found.map((row) => ({ ...row, changedAt: row[field] }));
  const more = rows.length === ROWS_MAX;
  return { rows, more, position: positionAfter(position, rows.at(-1), more, now) };
}

function laterThan(field: string, { after, id }: Position): unknown[] {
  if (after === null) return [];
  const stamp = datetime(after);
  const later = [field, '>', stamp];
  const same = [
    [field, '=', stamp],
    ['id', '>', Number(id)],
  ];
  return [['OR', later, same]];
}

/**
 * Caught up, it stays far enough behind `now` for changes that are not visible yet: also where the page that shows it
 * is empty, after a full one.
 */
function positionAfter(
  position: Position,
  last: Stamped<{ id: string }> | undefined,
  more: boolean,
  now: string,
): Position {
  const reached = last === undefined ? position : { after: last.changedAt, id: last.id };
  if (more || reached.after === null || reached.after < stepBack(now)) return reached;
  return { after: stepBack(now), id: '0' };
}

/** These works and all above them, which say whose they are; level by level, as in psa.ts. */
async function worksAround(
  { client, companyId }: ChangesOf,
  workIds: readonly string[],
  context: CallContext,
): Promise<Map<string, WirePlace>> {
  const known = new Map<string, WirePlace>();
  for (let missing = [...new Set(workIds)]; missing.length > 0;) {
    const reading = { domain: [['id', 'in', missing.map(refOf)]], fields: PLACE_FIELDS };
    const works = await client.searchRead<WirePlace>('project.work', reading, { companyId }, context);
    for (const work of works) known.set(work.id, work);
    missing = [...new Set(works.flatMap(({ parent }) => parent ?? []))].filter((id) => !known.has(id));
  }
  return known;
}

/** @throws SyntaxError */
function watermarkOf(watermark: string | null): Watermark {
  const { time, milestones } = JSON.parse(watermark ?? '{}') as Record<
    keyof Watermark,
    Positions | Position | undefined
  >;
  return { time: positionsOf(time), milestones: positionsOf(milestones) };
}

/** Watermarks of earlier releases have the position of the one stamp of 8.2 by itself. */
function positionsOf(given: Positions | Position = {}): Positions {
  return 'after' in given ? { last_modified_at: given } : given;
}
