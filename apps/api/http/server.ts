/**
 * The HTTP server under Nest: request ids, the correlation id, bodies, security headers and one log line per request.
 * Errors that happen before Nest sees a request are problems too.
 */
import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { mintId } from '../../../persistence/ids.ts';
import { Problem, PROBLEM_TYPE, problemBody, problemOf } from './problem.ts';
import { ANONYMOUS, type ApiReply, type ApiRequest, headerOf } from './request.ts';

/** Largest body, bytes. */
export const BODY_MAX_BYTES = 1_048_576;
const HEADERS_TIMEOUT_MS = 30_000;

/** Where one line per request goes. */
export type Log = (line: Record<string, unknown>) => void;

const serverOf = (adapter: FastifyAdapter) => adapter.getInstance();
type Server = ReturnType<typeof serverOf>;

/** Creates the server. `rawBodyUnder`: paths whose bodies are handed over as bytes, unread. */
export function createServer(log: Log, rawBodyUnder: string): FastifyAdapter {
  const adapter = new FastifyAdapter({
    genReqId: () => `req_${randomUUID()}`,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: HEADERS_TIMEOUT_MS,
    return503OnClosing: true,
    frameworkErrors: (error: unknown, request: object, reply: object) => {
      writeProblem(problemOf(error), request as ApiRequest, reply as SendingReply);
    },
  });
  const server = serverOf(adapter);
  // The properties exist from the start, so that all requests have one shape; each gets its own in onRequest.
  server.decorateRequest('caller', null);
  server.decorateRequest('remarks', null);
  addHooks(server, log);
  addBodies(server, rawBodyUnder);
  return adapter;
}

interface SendingReply extends ApiReply {
  send(body: unknown): unknown;
}

function writeProblem(problem: Problem, request: Pick<ApiRequest, 'id' | 'url'>, reply: SendingReply): void {
  reply.status(problem.status).header('content-type', PROBLEM_TYPE).header('request-id', request.id);
  reply.send(problemBody(problem, request));
}

function addHooks(server: Server, log: Log): void {
  server.addHook('onRequest', (raw, rawReply, done) => {
    const request = raw as unknown as ApiRequest;
    const reply = rawReply as unknown as ApiReply;
    const given = headerOf(request, 'throughline-correlation-id');
    const correlationId = given !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : mintId('cor');
    request.caller = { actor: ANONYMOUS, correlationId, commandId: '' };
    request.remarks = {};
    reply.header('request-id', request.id).header('throughline-correlation-id', correlationId);
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    if (given !== undefined && given !== correlationId) {
      const detail = 'Throughline-Correlation-Id has 1 to 64 characters from A-Z a-z 0-9 _ -';
      done(new Problem(400, 'CORRELATION_ID_INVALID', detail));
    } else if (request.url.includes('%00')) {
      done(new Problem(400, 'CHARACTER_REFUSED', 'the character U+0000 is refused'));
    } else done();
  });
  server.addHook('onResponse', (raw, rawReply, done) => {
    log(lineOf(raw as unknown as ApiRequest, rawReply));
    done();
  });
}

/** The one line of a request: no headers, no bodies, no query values, so nothing secret. */
function lineOf(request: ApiRequest, reply: ApiReply): Record<string, unknown> {
  const { actor, correlationId } = request.caller;
  return {
    at: new Date().toISOString(),
    level: reply.statusCode >= 500 ? 'error' : 'info',
    event: 'request',
    requestId: request.id,
    correlationId,
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    path: request.url.split('?')[0],
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    subject: actor.subject,
    ...request.remarks,
  };
}

function addBodies(server: Server, rawBodyUnder: string): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  const asBytes = { parseAs: 'buffer' as const, bodyLimit: BODY_MAX_BYTES };
  server.addContentTypeParser('*', asBytes, (request, body: Buffer, done) => {
    if (request.url.startsWith(rawBodyUnder)) return done(null, body);
    if (body.length === 0) return done(null, undefined);
    const type = headerOf(request as unknown as ApiRequest, 'content-type') ?? '';
    if (!/^application\/json *(;|$)/i.test(type)) {
      return done(new Problem(415, 'MEDIA_TYPE_UNSUPPORTED', 'a body is application/json'));
    }
    const text = body.toString('utf8');
    if (/\\u0000/.test(text)) return done(new Problem(400, 'CHARACTER_REFUSED', 'the character U+0000 is refused'));
    void parseJson(request, text, done);
  });
}
