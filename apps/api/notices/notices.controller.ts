/**
 * Signed notices of CRMs: verified on their bytes, kept in the inbox once per event, answered at once. What they mean
 * is found out later, by reading the record again (decisions.md 7, 8).
 */
import { Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../domain/actor.ts';
import type { Configuration } from '../../../domain/configuration.ts';
import { lookup } from '../../../domain/lookup.ts';
import { Books } from '../../../persistence/books.ts';
import { AccountEngagements } from '../../../persistence/repositories/account-engagements.ts';
import type { InboxEntry } from '../../../persistence/repositories/inbox.ts';
import { CONFIGURATION, ENVIRONMENT, type Environment } from '../configuration.ts';
import { EngagementRuns } from '../engagements/engagement-runs.ts';
import { Operation } from '../http/operation.ts';
import { Problem, unavailable } from '../http/problem.ts';
import { type ApiRequest, headerOf } from '../http/request.ts';
import { type Notice, parseNotice } from './notice.ts';
import { NoticeInput, NoticeReceivedView } from './notice.views.ts';
import { distrustOf, type Distrust } from './signature.ts';

const DISTRUST: Readonly<Record<Distrust, string>> = {
  NOTICE_UNSIGNED: 'webhook-id, webhook-timestamp and webhook-signature are needed',
  NOTICE_STALE: 'webhook-timestamp is more than 5 minutes off, or no number of seconds',
  NOTICE_FORGED: 'webhook-signature does not fit the notice',
};

@ApiTags('notices')
@Controller('v1/notices')
export class NoticesController {
  constructor(
    private readonly books: Books,
    private readonly accounts: AccountEngagements,
    private readonly runs: EngagementRuns,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  @Post(':connectionId')
  @HttpCode(202)
  @ApiHeader({ name: 'webhook-id', required: true, description: 'Id of the event; repetitions have the same' })
  @ApiHeader({ name: 'webhook-timestamp', required: true, description: 'Seconds since 1970' })
  @ApiHeader({ name: 'webhook-signature', required: true, description: '`v1,<base64>` of Standard Webhooks' })
  @ApiBody({ type: NoticeInput })
  @Operation({
    id: 'receiveNotice',
    summary: 'A signed notice that a record of a CRM changed',
    permission: 'anyone',
    answers: { 202: { type: NoticeReceivedView, description: 'Kept' } },
    problems: {
      400: 'NOTICE_MALFORMED',
      401: 'NOTICE_UNSIGNED, NOTICE_STALE or NOTICE_FORGED',
      404: 'CONNECTION_UNKNOWN: the connection sends no notices',
      413: 'BODY_TOO_LARGE: more than 1 MiB',
      503: 'NOTICE_SECRET_MISSING or DATABASE_UNAVAILABLE: send it again',
    },
  })
  async receive(@Param('connectionId') connectionId: string, @Req() request: ApiRequest): Promise<NoticeReceivedView> {
    const secrets = this.secretsOf(connectionId);
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const id = headerOf(request, 'webhook-id');
    const timestamp = headerOf(request, 'webhook-timestamp');
    const signature = headerOf(request, 'webhook-signature');
    const distrust = distrustOf({ id, timestamp, signature, body }, secrets, Date.now());
    if (distrust) {
      throw new Problem(401, distrust, DISTRUST[distrust], { headers: { 'www-authenticate': 'Webhook-Signature' } });
    }
    const eventId = id ?? '';
    const notice = parseNotice(body, eventId);
    const entries = await this.entriesOf(connectionId, eventId, notice, request.caller.correlationId);
    const isNew = await this.keep(entries, notice);
    // Only a hint is lost when this fails: the sweep finds the row.
    request.remarks.dispatcherWoken = await this.runs.wakeDispatcher();
    request.remarks.duplicate = !isNew;
    return { received: true, duplicate: !isNew };
  }

  /** @throws CONNECTION_UNKNOWN, NOTICE_SECRET_MISSING */
  private secretsOf(connectionId: string): string {
    const { connections } = this.configuration;
    const connection = lookup(connections, connectionId);
    if (connection?.noticeSecretVariable === undefined) {
      throw new Problem(404, 'CONNECTION_UNKNOWN', 'there is no connection of this id that sends notices');
    }
    const secrets = this.environment[connection.noticeSecretVariable];
    if (secrets) return secrets;
    throw unavailable(
      'NOTICE_SECRET_MISSING',
      `${connection.noticeSecretVariable} is not set: no notice can be verified`,
    );
  }

  /** One row for a deal; for an account, one for each engagement that its data may concern. */
  private async entriesOf(
    connectionId: string,
    eventId: string,
    { object, objectId, type, version }: Notice,
    correlationId: string,
  ): Promise<InboxEntry[]> {
    const actor: Actor = { subject: `system:${connectionId}`, roles: ['integration'], legalEntities: ['*'] };
    const shared = { connectionId, version, effectiveOn: null, occurredAt: version, correlationId, actor, data: {} };
    if (object === 'Opportunity') {
      const objectKey = `deal:${objectId}`;
      return [{ ...shared, eventId, type, objectKey, origin: { dealId: objectId }, engagementId: null }];
    }
    const account = { ...shared, type: 'dealChanged' as const, objectKey: `account:${objectId}`, origin: {} };
    const concerned = await this.accounts.concernedBy(connectionId, objectId);
    if (concerned.length === 0) return [{ ...account, eventId, engagementId: null }];
    return concerned.map((engagementId) => ({ ...account, eventId: `${eventId}:${engagementId}`, engagementId }));
  }

  private keep(entries: InboxEntry[], { object, objectId }: Notice): Promise<boolean> {
    return this.books.transaction(async ({ inbox }) => {
      let anyNew = false;
      for (const entry of entries) {
        const { inboxId, isNew } = await inbox.receive(entry);
        anyNew ||= isNew;
        if (isNew && object === 'Account' && entry.engagementId === null) {
          await inbox.markIgnored(inboxId, `no open engagement depends on account ${objectId}`);
        }
      }
      return anyNew;
    });
  }
}
