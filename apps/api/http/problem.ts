/**
 * Refusals and failures as RFC 9457 problem details. Every error that leaves the API goes through `problemOf`: a stable
 * code for programs, a sentence for people, and never a stack trace or a secret.
 */
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { ApiRequest } from './request.ts';

/**
 * One thing that is wrong with a request. `pointer` is a JSON pointer into its body, or names a query parameter or
 * header.
 */
export interface ProblemItem {
  pointer: string;
  code: string;
  message: string;
}

/** The body of a problem response. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  correlationId: string;
  retryable: boolean;
  errors: ProblemItem[];
}

const RETRYABLE_STATUSES = [429, 502, 503, 504];

/** A refusal with its code; thrown anywhere in the API. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: ProblemItem[];
  readonly headers: Record<string, string>;
  readonly retryable: boolean;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { errors?: ProblemItem[]; headers?: Record<string, string>; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
    this.retryable = more.retryable ?? RETRYABLE_STATUSES.includes(status);
  }
}

/** What cannot be answered now and may be asked again. */
export function unavailable(code: string, detail: string, cause?: unknown): Problem {
  return new Problem(503, code, detail, { headers: { 'retry-after': '2' }, cause });
}

/** Codes for refusals that the server itself makes, by HTTP status. */
const SERVER_CODES: Readonly<Record<number, string>> = {
  400: 'REQUEST_MALFORMED',
  404: 'ROUTE_UNKNOWN',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URL_TOO_LONG',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  431: 'HEADERS_TOO_LARGE',
};

/** The problem that an error is. What is not a known refusal is a fault of ours, and says nothing about itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error))
    return unavailable('DATABASE_UNAVAILABLE', 'the database does not answer: try again', error);
  const status = statusOf(error);
  if (status !== undefined && status < 500) {
    const message = error instanceof Error ? error.message : 'the request cannot be served';
    return new Problem(status, SERVER_CODES[status] ?? 'REQUEST_REFUSED', message);
  }
  return new Problem(500, 'INTERNAL', 'something went wrong on our side: the request id finds it in the log', {
    cause: error,
  });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What driver and TypeORM say, without a code, of a connection that is not there or does not answer. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying|Query read timeout|.* by a query runner was already released)/;

/**
 * Connection refused or lost, shutting down, too many connections, read-only: PostgreSQL classes 08, 53, 57P and 25006;
 * a statement, a lock or a silent transaction that took longer than it may: 57014, 55P03, 25P03.
 */
function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('driverError' in error && isDatabaseAway(error.driverError)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(08|53|57P)|^(25006|57014|55P03|25P03)$|^(ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code)) return true;
  return error instanceof Error && LOST_CONNECTION.test(error.message);
}

/** The body of the response to a request. */
export function problemBody(
  problem: Problem,
  request: Pick<ApiRequest, 'id' | 'url'> & Partial<ApiRequest>,
): ProblemBody {
  return {
    type: `urn:throughline:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
    instance: request.url.split('?')[0] ?? '/',
    code: problem.code,
    requestId: request.id,
    correlationId: request.caller?.correlationId ?? '',
    retryable: problem.retryable,
    errors: problem.errors,
  };
}

/** The media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
