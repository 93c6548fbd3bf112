/**
 * A deal that is undone and won again has a new project; what people still do in the archived one is told and not
 * billed. A create that arrives after everybody looked makes a second project, and that is told too. Deal 2 of the
 * sandbox (fixed fee) is cloned for each test.
 */
import { SANDBOX_CRM } from '../../scripts/up/sandbox-profile.ts';
import { logTime } from '../support/people.ts';
import { World } from '../support/world.ts';

const FIXED_FEE_DEAL = '006TL00000000002AA';

describe('projects that should not be', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  }, 60_000);
  afterAll(() => world.close());

  const read = (connectionId: string): Promise<void> => world.job({ job: 'poll', connectionId });
  async function activated(name: string): Promise<{ dealId: string; workspaceId: string }> {
    const { dealId } = await world.sandbox.act<{ dealId: string }>('clone-deal', { dealId: FIXED_FEE_DEAL, name });
    const { state } = await world.activate(dealId);
    return { dealId, workspaceId: state.entities[0]?.refs.projectId ?? '' };
  }

  test('time and a milestone approved on the archived project are notes, and no invoice is drafted of them', async () => {
    const { dealId, workspaceId } = await activated('Undone and won again');
    await world.sandbox.act('reopen-deal', { dealId });
    await read(SANDBOX_CRM);
    await world.until(dealId, 'parked', ({ state }) => state.stage === 'parked');
    await world.activate(dealId);
    await logTime(world, { workspaceId, role: 'Senior Consultant', date: '2031-01-14', minutes: 600 });
    await world.sandbox.act('accept-milestone', { workspaceId, title: 'Blueprint', on: '2031-01-20' });
    await read('kt-main');
    const { state } = await world.until(dealId, 'told twice', (seen) => seen.state.attention.length === 2);
    expect(state.attention.map(({ code, ownerRole }) => [code, ownerRole])).toEqual([
      ['PROJECT_ARCHIVED', 'delivery'],
      ['PROJECT_ARCHIVED', 'delivery'],
    ]);
    for (const { message } of state.attention) expect(message).toContain(`project ${workspaceId}`);
    expect(state).toMatchObject({ stage: 'active', pastNoReturn: false, invoices: [] });
    expect(state.milestones.map((milestone) => milestone.state)).toEqual(['planned', 'planned', 'planned']);
    expect(state.entities[0]?.refs.projectId).not.toBe(workspaceId);
  }, 60_000);

  test('a second live project of the same key is told at the next poll, and neither is archived', async () => {
    const { dealId, workspaceId } = await activated('Made twice');
    const before = (await world.look(dealId)).state;
    const key = before.sagas.flatMap(({ steps }) => steps).find(({ name }) => name === 'psaProject')?.key ?? '';
    const { token } = JSON.parse(world.environment.THROUGHLINE_KT_MAIN ?? '{}') as { token: string };
    const reference = { service_name: 'throughline', service_model: 'project', service_model_ref: key };
    const workspace = { title: 'Late', creator_role: 'maven', external_reference: reference };
    const { status } = await fetch(`${world.sandboxServer.url}/kantata/api/v1/workspaces.json`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify({ workspace }) },
    });
    expect(status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, world.configuration.policy.lateArrivalMs));
    await read('kt-main');
    const { state } = await world.until(dealId, 'told', (seen) => seen.state.attention.length === 1);
    const live = (await world.sandbox.objects('kantata', 'workspaces')).filter(
      ({ id, object }) => (id === workspaceId || object.title === 'Late') && object.archived !== true,
    );
    expect(live).toHaveLength(2);
    expect(state.attention).toMatchObject([{ code: 'PROJECT_DUPLICATED', ownerRole: 'ops' }]);
    for (const { id } of live) expect(state.attention[0]?.message).toContain(id);
  }, 60_000);
});
