/**
 * Recorded histories of every path still replay, so that a deployment disturbs no open engagement; a build that
 * would disturb one is caught; and after `renew` decisions may be edited freely (decisions.md 2, 23). Needs no
 * server, only the worker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { type Builds, buildAll } from './builds.ts';
import { EDITS_OF_DECISIONS, FORBIDDEN_EDITS, ORDER_OF_STEPS } from './edits.ts';
import { SCENARIOS } from './scenarios.ts';

const FOLDER = join(process.cwd(), 'test', 'replay', 'histories');
const FILES = readdirSync(FOLDER).sort();
const RENEWED = FILES.filter((file) => file.includes('.renewed.'));
const UNRENEWED = FILES.filter((file) => !file.includes('.renewed.'));

/** Replays recorded histories; the errors by file name. */
async function replay(build: { code: string }, files: readonly string[]): Promise<Map<string, Error>> {
  const histories = files.map((workflowId) => ({
    workflowId,
    history: JSON.parse(readFileSync(join(FOLDER, workflowId), 'utf8')) as never,
  }));
  const errors = new Map<string, Error>();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: build }, histories))
    if (error) errors.set(workflowId, error);
  return errors;
}

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

describe('replay', () => {
  let builds: Builds;
  beforeAll(async () => {
    builds = await buildAll([...EDITS_OF_DECISIONS, ...FORBIDDEN_EDITS]);
  }, 60_000);

  test('every path is recorded', () => {
    const recorded = new Set(FILES.map((file) => file.split('.')[0]?.replace(/-run-\d+$/, '')));
    expect([...recorded].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
  });

  test('every recorded history replays on the code of today', async () => {
    expect([...(await replay(builds.current, FILES))]).toEqual([]);
  }, 60_000);

  test('a build with another order of steps is caught', async () => {
    const errors = await replay(builds.edited(ORDER_OF_STEPS), ['set-up.0.1.0.json']);
    expect([...errors.values()]).toEqual([expect.any(DeterminismViolationError)]);
  });

  test.each(EDITS_OF_DECISIONS)('after renew every idle engagement goes on with $what', async (edit) => {
    expect([...(await replay(builds.edited(edit), RENEWED))]).toEqual([]);
  });

  test.each([...EDITS_OF_DECISIONS, ...FORBIDDEN_EDITS].filter(({ disturbs }) => disturbs !== null))(
    'without renew, an engagement on the path $disturbs cannot go on with $what',
    async (edit) => {
      const files = UNRENEWED.filter((file) => file.startsWith(`${String(edit.disturbs)}.`));
      expect([...(await replay(builds.edited(edit), files)).keys()]).toEqual(files);
    },
  );

  test.each(EDITS_OF_DECISIONS.filter(({ disturbs }) => disturbs === null))(
    'even without renew every engagement goes on with $what',
    async (edit) => {
      expect([...(await replay(builds.edited(edit), UNRENEWED))]).toEqual([]);
    },
  );

  test.each(FORBIDDEN_EDITS)('even after renew replay refuses $what', async (edit) => {
    expect((await replay(builds.edited(edit), RENEWED)).size).toBeGreaterThan(RENEWED.length / 2);
  });
});
