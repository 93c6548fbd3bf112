/**
 * Looks up the bearer token of every request, so that a revocation bites at once, and refuses what the permission table
 * does not allow. A refused command leaves a row in the audit trail.
 */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Books } from '../../../persistence/books.ts';
import { auditEntry } from '../http/audit-entry.ts';
import { operationOf } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { type ApiRequest, headerOf } from '../http/request.ts';
import { allows, PERMISSIONS } from './permissions.ts';

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly books: Books) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = operationOf(context.getHandler());
    if (!operation) throw new Error(`${context.getClass().name}.${context.getHandler().name} has no permission`);
    const { permission, command } = operation;
    if (permission === 'anyone') return true;
    const request = context.switchToHttp().getRequest<ApiRequest>();
    await this.authenticate(request);
    if (allows(request.caller.actor, permission)) return true;
    const roles = PERMISSIONS[permission].join(', ');
    const problem = new Problem(403, 'FORBIDDEN', `${permission} needs one of the roles ${roles}`);
    if (command) await this.books.audit.add(auditEntry(request, command, problem));
    throw problem;
  }

  private async authenticate(request: ApiRequest): Promise<void> {
    const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(headerOf(request, 'authorization') ?? '')?.[1];
    const actor = token === undefined ? undefined : await this.books.tokens.find(token);
    if (actor) {
      request.caller.actor = actor;
      return;
    }
    const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    const detail = token === undefined ? 'a bearer token is needed' : 'the token is unknown, expired or revoked';
    throw new Problem(401, 'UNAUTHENTICATED', detail, { headers: { 'www-authenticate': challenge } });
  }
}
