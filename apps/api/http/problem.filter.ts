/**
 * Writes every error as a problem response. Faults of ours are noted for the log line, with their stack; the caller
 * sees none.
 */
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { problemBody, problemOf, PROBLEM_TYPE } from './problem.ts';
import type { ApiReply, ApiRequest } from './request.ts';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    const reply = http.getResponse<ApiReply>();
    const problem = problemOf(error);
    request.remarks.code = problem.code;
    if (problem.cause !== undefined) request.remarks.fault = faultOf(problem.cause);
    for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
    reply.header('content-type', PROBLEM_TYPE);
    this.host.httpAdapter.reply(reply, problemBody(problem, request), problem.status);
  }
}

function faultOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
