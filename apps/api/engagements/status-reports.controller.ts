/**
 * How far CRM and PSA were told about billing and payment, for people: a report that a system refuses is seen here with
 * the reason, and is tried again by itself.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StatusReports } from '../../../persistence/repositories/status-reports.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { Ask, Caller } from '../http/request.ts';
import { StatusReportsQuery, StatusReportsView } from './status-reports.views.ts';

@ApiTags('engagements')
@Controller('v1/status-reports')
export class StatusReportsController {
  constructor(private readonly reports: StatusReports) {}

  @Get()
  @Operation({
    id: 'listStatusReports',
    summary: 'How far CRM and PSA were told about billing and payment',
    permission: 'engagement:read',
    answers: { 200: { type: StatusReportsView, description: 'A page, in the order of connection and engagement' } },
    problems: { 400: 'VALIDATION: a filter or the cursor is not what it should be' },
  })
  async list(
    @Query() { limit, cursor, engagementId, state }: StatusReportsQuery,
    @Ask() { actor }: Caller,
  ): Promise<unknown> {
    const which = { ...(engagementId ? { engagementId } : {}), ...(state ? { state } : {}) };
    const page = { after: cursor ? placeOf(cursor) : [], limit: limit + 1 };
    const found = await this.reports.list(actor.legalEntities, which, page);
    const data = found.slice(0, limit);
    const last = found.length > limit ? data.at(-1) : undefined;
    const nextCursor = last && cursorOf([last.connectionId, last.engagementId, last.legalEntityId]);
    return toEdge({
      data: data.map((report) => ({ ...report, legalEntityId: report.legalEntityId || null })),
      nextCursor: nextCursor ?? null,
    });
  }
}

const SEPARATOR = '\n';

function cursorOf(place: readonly string[]): string {
  return Buffer.from(place.join(SEPARATOR)).toString('base64url');
}

function placeOf(cursor: string): string[] {
  return Buffer.from(cursor, 'base64url').toString().split(SEPARATOR);
}
