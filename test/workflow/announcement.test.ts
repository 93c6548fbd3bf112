// A fact that arrives while the inbox is read: its announcement must not be taken for the one that caused the read.
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM } from '../../domain/actor.ts';
import { announced, ENGAGEMENT_TASK_QUEUE, ENGAGEMENT_WORKFLOW } from '../../workflows/engagement/contract.ts';
import { World } from '../support/world.ts';

const DEAL = '006TL00000000001AA';
/** A short workflow task: the engagement hears signals in the middle of a slow local call after four fifths of it. */
const TASK_MS = 1_000;

describe('an announcement during a slow read of the inbox', () => {
  let world: World;
  let around: (name: string, proceed: () => Promise<unknown>) => Promise<unknown> = (_, proceed) => proceed();
  beforeAll(async () => {
    world = await World.start({ around: (name, _, proceed) => around(name, proceed) });
  }, 60_000);
  afterAll(() => world.close());

  test('is looked after, also when the page was read before its fact was there', async () => {
    await world.closeDeal(DEAL);
    const { state, wakeAt } = await world.until(DEAL, 'ready', (seen) => seen.state.stage === 'ready');
    const handle = world.handle(DEAL);
    await handle.terminate('goes on with short workflow tasks');
    const carried = { state, wakeAt, publishedTurn: state.turn, attributes: {} };
    await world.client.workflow.start(ENGAGEMENT_WORKFLOW, {
      workflowId: handle.workflowId,
      taskQueue: ENGAGEMENT_TASK_QUEUE,
      workflowTaskTimeout: TASK_MS,
      args: [{ carried }],
    });
    const pages: unknown[] = [];
    around = async (name, proceed) => {
      const answer = await proceed();
      if (name !== 'readInbox' || pages.push(answer) > 1) return answer;
      await receiveFirstApproval(state.engagementId);
      await handle.signal(announced);
      await delay(2 * TASK_MS); // The workflow hears it now, and only then gets its page.
      return answer;
    };
    await handle.signal(announced);
    await world.until(DEAL, 'told', (seen) => seen.state.pastNoReturn);
    expect(pages).toMatchObject([{ facts: [] }, { facts: [{ type: 'firstTimeApproved' }] }]);
  });

  function receiveFirstApproval(engagementId: string): Promise<unknown> {
    return world.books.inbox.receive({
      connectionId: 'kt-main',
      eventId: 'first-work',
      type: 'firstTimeApproved',
      objectKey: 'first-work',
      version: '1',
      effectiveOn: '2031-02-01',
      occurredAt: '2031-02-01T00:00:00Z',
      correlationId: 'cor-test',
      actor: SYSTEM,
      origin: {},
      data: {},
      engagementId,
    });
  }
});
