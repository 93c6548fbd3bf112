/** Who gets in, and what the API says of itself: health, documents, tokens, roles, the log. */
import type { Type } from '@nestjs/common';
import { CONTROLLERS } from '../../../apps/api/app.module.ts';
import { allows, PERMISSIONS } from '../../../apps/api/access/permissions.ts';
import { type Route, routesOf } from '../../../apps/api/http/operation.ts';
import { ROLES } from '../../../domain/actor.ts';
import { Api, bareGround, expectProblem, type Ground, NOTICE_SECRET, UNKNOWN_ENGAGEMENT } from './api-of-test.ts';

let ground: Ground;
let api: Api;

beforeAll(async () => {
  ground = await bareGround();
  api = await Api.start(ground);
});
afterAll(() => api.close());

describe('health and documents', () => {
  test('the API lives, is ready, and says what it is', async () => {
    expect((await api.call('GET', '/livez')).body).toEqual({ status: 'ok' });
    expect((await api.call('GET', '/readyz')).body).toEqual({ database: 'ok', temporal: 'ok' });
    expect((await api.call('GET', '/version')).body).toMatchObject({ name: 'throughline', version: '0.1.0' });
  });

  test('an API whose Temporal server is away lives, says what is missing, and accepts no command', async () => {
    const other = await Api.start({ ...ground, temporal: { address: '127.0.0.1:9', namespace: 'nowhere' } });
    try {
      expect((await other.call('GET', '/livez')).status).toBe(200);
      const problem = expectProblem(await other.call('GET', '/readyz'), 503, 'NOT_READY');
      expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/temporal']);
      const start = { token: other.tokens.ops, key: 'start-1', body: { connectionId: 'sf-emea', dealId: 'D-away' } };
      expectProblem(await other.call('POST', '/v1/engagements', start), 503, 'TEMPORAL_UNAVAILABLE');
      const engagement = await other.books.engagements.findByDeal('sf-emea', 'D-away');
      const path = `/v1/engagements/${engagement?.engagementId ?? ''}/cancellation`;
      const cancel = { token: other.tokens.ops, key: 'cancel-1', body: { reason: 'the customer withdrew' } };
      expectProblem(await other.call('POST', path, cancel), 503, 'TEMPORAL_UNAVAILABLE');
    } finally {
      await other.close();
    }
  });

  test('every operation of the document states its permission, and the page needs nothing from elsewhere', async () => {
    const { body } = await api.call<{
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    }>('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(routesOf(CONTROLLERS).length);
    for (const operation of operations) expect(Object.keys(PERMISSIONS)).toContain(operation['x-permission']);
    expect(JSON.stringify(body)).not.toContain('"nullable"');
    const page = await api.call<string>('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await api.call('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
  });
});

describe('routes and what they check', () => {
  test('a route without a permission stops the start', () => {
    class Forgotten {
      open(): string {
        return 'for everybody';
      }
    }
    const handler = Object.getOwnPropertyDescriptor(Forgotten.prototype, 'open')?.value as object;
    Reflect.defineMetadata('path', 'forgotten', Forgotten);
    Reflect.defineMetadata('path', '/', handler);
    Reflect.defineMetadata('method', 0, handler);
    expect(() => routesOf([Forgotten])).toThrow('Forgotten.open is a route without @Operation');
  });

  test('every body and query is checked against a class: none lost its type to an import', () => {
    const wanted = ['3', '4']; // RouteParamtypes.BODY and QUERY
    const found = CONTROLLERS.flatMap((controller: Type) => {
      const prototype = controller.prototype as object;
      return Object.getOwnPropertyNames(prototype).flatMap((method) => {
        const parameters = (Reflect.getMetadata('__routeArguments__', controller, method) ?? {}) as Record<
          string,
          { index: number }
        >;
        const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as unknown[];
        return Object.entries(parameters)
          .filter(([kind]) => wanted.includes(kind.split(':')[0] ?? ''))
          .map(([, { index }]) => ({ where: `${controller.name}.${method}`, type: types[index] }));
      });
    });
    expect(found.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['EngagementsController.start', 'DecisionsController.decide', 'FactsController.report']),
    );
    for (const { where, type } of found) {
      expect({ where, isClass: typeof type === 'function' && type !== Object && type !== Array }).toEqual({
        where,
        isClass: true,
      });
    }
  });
});

/** A request to each route that is well-formed enough to pass the guard. */
function pathOf({ path }: Route): string {
  return path
    .replace(':engagementId', UNKNOWN_ENGAGEMENT)
    .replace(':approvalId', 'a-1')
    .replace(':inboxId', 'inb_none')
    .replace(':connectionId', 'sf-emea');
}

describe('tokens and roles', () => {
  const guarded = routesOf(CONTROLLERS).filter(({ operation }) => operation.permission !== 'anyone');

  test('without a token, and with one that nobody issued, every route answers 401 with a challenge', async () => {
    for (const route of guarded) {
      const bare = await api.call(route.method, pathOf(route));
      expectProblem(bare, 401, 'UNAUTHENTICATED');
      expect(bare.headers.get('www-authenticate')).toBe('Bearer');
      const invented = await api.call(route.method, pathOf(route), { token: 'tl_invented' });
      expectProblem(invented, 401, 'UNAUTHENTICATED');
      expect(invented.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });

  test.each(guarded)('$method $path is open to the roles of its permission and to no other', async (route) => {
    for (const role of ROLES) {
      const { permission } = route.operation;
      const reply = await api.call(route.method, pathOf(route), { token: api.tokens[role] });
      const actor = { subject: role, roles: [role], legalEntities: ['*'] };
      if (allows(actor, permission)) expect([200, 400, 404]).toContain(reply.status);
      else expectProblem(reply, 403, 'FORBIDDEN');
    }
  });

  test('a refused command leaves an audit row with its actor', async () => {
    const reply = await api.post('auditor', '/v1/engagements', { connectionId: 'sf-emea', dealId: 'D-denied' });
    expectProblem(reply, 403, 'FORBIDDEN');
    const [row] = await api.dataSource.query<Record<string, unknown>[]>(
      `SELECT * FROM audit_entry WHERE object_id = 'D-denied'`,
    );
    expect(row).toMatchObject({ action: 'engagement.start', object_type: 'deal', outcome: 'refused' });
    expect(row?.actor).toMatchObject({ subject: 'auditor@test.example', roles: ['auditor'] });
  });

  test('a revoked token is refused by the next request', async () => {
    const token = await api.issue(['ops'], ['*'], 'leaver@test.example');
    expect((await api.call('GET', '/v1/engagements', { token })).status).toBe(200);
    await api.books.tokens.revoke(token);
    expectProblem(await api.call('GET', '/v1/engagements', { token }), 401, 'UNAUTHENTICATED');
  });
});

describe('log', () => {
  test('each request leaves one line with its ids, and no secret in it', async () => {
    const before = api.lines.length;
    const reply = await api.call('GET', '/v1/board?x=secret', { token: api.tokens.ops });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = api.lines.slice(before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ event: 'request', method: 'GET', route: '/v1/board', path: '/v1/board', subject: 'ops@test.example' },
      ...{ requestId: reply.headers.get('request-id'), status: reply.status },
    });
    expect(JSON.stringify(api.lines)).not.toContain(api.tokens.ops);
    expect(JSON.stringify(api.lines)).not.toContain(NOTICE_SECRET);
  });
});
