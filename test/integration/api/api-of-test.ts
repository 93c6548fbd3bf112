// The API over real HTTP for one test file: listening on a free port, with a token for each role.
import { createHmac, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../../apps/api/app.ts';
import type { ProblemBody } from '../../../apps/api/http/problem.ts';
import { type Role, ROLES } from '../../../domain/actor.ts';
import type { Configuration } from '../../../domain/configuration.ts';
import { type Books, createBooks } from '../../../persistence/books.ts';
import { createDataSource } from '../../../persistence/data-source.ts';
import { sandboxConfiguration } from '../../../scripts/up/sandbox-profile.ts';
import { freshDatabase } from '../../support/database.ts';
import { freshNamespace, testAddress } from '../../support/temporal.ts';
import type { DataSource } from 'typeorm';

/** What an API of a test runs on: a `World` is one. */
export interface Ground {
  databaseUrl: string;
  temporal: { address: string; namespace: string };
  configuration: Configuration;
  environment: Record<string, string>;
}

/** The secret of the CRM's notices on a `bareGround`. */
export const NOTICE_SECRET = 'notice-secret-of-the-test';

/** An installation without workers and without outside systems. */
export async function bareGround(): Promise<Ground> {
  return {
    databaseUrl: await freshDatabase(),
    temporal: { address: testAddress(), namespace: await freshNamespace() },
    configuration: sandboxConfiguration({ sandboxUrl: 'http://127.0.0.1:9' }),
    environment: { THROUGHLINE_SF_EMEA_NOTICE: NOTICE_SECRET },
  };
}

/** An id of the right form that no engagement has. */
export const UNKNOWN_ENGAGEMENT = 'eng_01kah3m8x2f7v9q4t6w8y0a1bc';

/** An answer of the API. */
export interface Reply<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

/** A request: JSON unless `raw` is given. */
export interface Request {
  token?: string;
  body?: unknown;
  raw?: string;
  key?: string;
  headers?: Record<string, string>;
}

/** The API and those who use it. */
export class Api {
  lines: Record<string, unknown>[] = [];
  readonly tokens = {} as Record<Role, string>;
  url = '';

  private constructor(
    private readonly app: NestFastifyApplication,
    readonly dataSource: DataSource,
    readonly books: Books,
  ) {}

  static async start({ databaseUrl, temporal, configuration, environment }: Ground): Promise<Api> {
    const lines: Record<string, unknown>[] = [];
    const log = (line: Record<string, unknown>): void => void lines.push(line);
    const app = await createApp({ databaseUrl, temporal, configuration, environment, log });
    await app.listen(0, '127.0.0.1');
    const dataSource = await createDataSource(databaseUrl).initialize();
    const api = new Api(app, dataSource, createBooks(dataSource));
    api.lines = lines;
    api.url = await app.getUrl();
    for (const role of ROLES) api.tokens[role] = await api.issue([role]);
    return api;
  }

  /** A token for roles and legal entities. */
  issue(roles: Role[], legalEntities = ['*'], subject = `${roles.join('-')}@test.example`): Promise<string> {
    return this.books.tokens.issue({ subject, roles, legalEntities });
  }

  async call<T = Record<string, unknown>>(method: string, path: string, request: Request = {}): Promise<Reply<T>> {
    const { token, key, raw, headers } = request;
    const body = raw ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  get<T = Record<string, unknown>>(role: Role, path: string): Promise<Reply<T>> {
    return this.call<T>('GET', path, { token: this.tokens[role] });
  }

  /** A command; each has a key of its own unless one is given. */
  post<T = Record<string, unknown>>(
    role: Role,
    path: string,
    body: unknown,
    key: string = randomUUID(),
  ): Promise<Reply<T>> {
    return this.call<T>('POST', path, { token: this.tokens[role], body, key });
  }

  /** The engagement of a deal, minted and not started. */
  async anEngagement(dealId: string): Promise<string> {
    const requestedBy = { subject: 'ops@test.example', roles: ['ops' as const], legalEntities: ['*'] };
    const deal = { connectionId: 'sf-emea', dealId, correlationId: 'c', requestedBy };
    return (await this.books.engagements.forDeal(deal)).engagement.engagementId;
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.app.close();
  }
}

/** Headers of a notice signed with a secret at a moment. */
export function signedHeaders(id: string, body: string, secret: string, atMs = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** Checks that an answer is a whole RFC 9457 problem with this status and code. */
export function expectProblem(reply: Reply<unknown>, status: number, code: string): ProblemBody {
  const problem = reply.body as ProblemBody;
  expect({ status: reply.status, code: problem.code, detail: problem.detail }).toMatchObject({ status, code });
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toEqual({
    type: `urn:throughline:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.any(String) as string,
    status,
    detail: expect.any(String) as string,
    instance: expect.stringMatching(/^\//) as string,
    code,
    requestId: expect.stringMatching(/^req_/) as string,
    correlationId: expect.any(String) as string,
    retryable: expect.any(Boolean) as boolean,
    errors: expect.any(Array) as [],
  });
  return problem;
}
