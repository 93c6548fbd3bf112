/**
 * What changed in one company since the last question: time lines and milestones, each read by (change stamp, id). A
 * stamp is the beginning of a transaction, so a reader that has caught up starts again a little earlier. Tryton keeps
 * no trace of a deleted line.
 */
import { understand } from '../http/classify.ts';
import type { Warn } from '../http/warn.ts';
import { stepBack } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { WorkChanges } from '../ports/psa.port.ts';
import type { TrytonClient } from './client.ts';
import { lineLike, readNote } from './note.ts';
import { fromWireLine, fromWireMilestone, pathUp, placeOf, workOf } from './psa-convert.ts';
import {
  LINE_FIELDS,
  MILESTONE_FIELDS,
  PLACE_FIELDS,
  type WireLine,
  type WireMilestone,
  type WirePlace,
} from './psa-wire.ts';
import { datetime, refOf } from './values.ts';

const ROWS_MAX = 200;

/** Everything up to this stamp is read, and of those with exactly this stamp the ids up to `id`. */
interface Position {
  after: string | null;
  id: string;
}

interface Positions {
  time: Position;
  milestones: Position;
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
  const from = understand(connectionId, 'read watermark', () => positionsOf(since));
  const [time, milestones] = await Promise.all([
    page<WireLine>(
      account,
      { model: 'timesheet.line', fields: LINE_FIELDS, only: [['work.origin.id', '>', 0, 'project.work']] },
      from.time,
      context,
    ),
    page<WireMilestone>(
      account,
      { model: 'project.work', fields: MILESTONE_FIELDS, only: [['comment', 'like', lineLike('milestone')]] },
      from.milestones,
      context,
    ),
  ]);
  const ours = milestones.rows.filter(({ comment }) => readNote(comment)['milestone'] !== undefined);
  const workIds = understand(connectionId, 'read changed work', () => time.rows.map(workOf));
  const works = await worksAround(account, workIds, ours, context);
  const next: Positions = { time: time.position, milestones: milestones.position };
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

async function page<R extends { id: string; last_modified_at: string }>(
  { connectionId, companyId, client }: ChangesOf,
  { model, fields, only }: List,
  position: Position,
  context: CallContext,
) {
  const now = new Date().toISOString();
  const domain = understand(connectionId, 'read watermark', () => [
    ['company', '=', refOf(companyId)],
    ...only,
    ...laterThan(position),
  ]);
  const order = [
    ['last_modified_at', 'ASC'],
    ['id', 'ASC'],
  ] as const;
  const rows = await client.page<R>(
    model,
    { domain, fields, order, offset: 0, limit: ROWS_MAX },
    { companyId },
    context,
  );
  const more = rows.length === ROWS_MAX;
  return { rows, more, position: positionAfter(position, rows.at(-1), more, now) };
}

function laterThan({ after, id }: Position): unknown[] {
  if (after === null) return [];
  const stamp = datetime(after);
  const later = ['last_modified_at', '>', stamp];
  const same = [
    ['last_modified_at', '=', stamp],
    ['id', '>', Number(id)],
  ];
  return [['OR', later, same]];
}

/** Caught up, it stays far enough behind `now` for changes that are not visible yet. */
function positionAfter(
  position: Position,
  last: { id: string; last_modified_at: string } | undefined,
  more: boolean,
  now: string,
): Position {
  if (last === undefined) return position;
  const reached = { after: last.last_modified_at, id: last.id };
  return more || reached.after < stepBack(now) ? reached : { after: stepBack(now), id: '0' };
}

/** The works of the lines and milestones, and those above them, which say whose they are. */
async function worksAround(
  { client, companyId }: ChangesOf,
  workIds: readonly string[],
  milestones: readonly WireMilestone[],
  context: CallContext,
): Promise<Map<string, WirePlace>> {
  const known = new Map<string, WirePlace>(milestones.map((milestone) => [milestone.id, milestone]));
  const read = async (ids: readonly string[]): Promise<void> => {
    const missing = [...new Set(ids)].filter((id) => !known.has(id)).map(refOf);
    if (missing.length === 0) return;
    const reading = { domain: [['id', 'in', missing]], fields: PLACE_FIELDS };
    const works = await client.searchRead<WirePlace>('project.work', reading, { companyId }, context);
    for (const work of works) known.set(work.id, work);
  };
  await read(workIds);
  await read([...known.values()].flatMap(pathUp));
  return known;
}

/** @throws TypeError, SyntaxError */
function positionsOf(watermark: string | null): Positions {
  if (watermark === null) return { time: START, milestones: START };
  const { time, milestones } = JSON.parse(watermark) as Partial<Positions>;
  return { time: time ?? START, milestones: milestones ?? START };
}
