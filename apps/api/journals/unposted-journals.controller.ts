/** Journals that the ERP refused, for people: what is not in the ERP, and why, until it is. */
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { UnpostedJournals } from '../../../persistence/repositories/unposted-journals.ts';
import { toEdge } from '../http/edge.ts';
import { Operation } from '../http/operation.ts';
import { Ask, Caller } from '../http/request.ts';
import { UnpostedJournalsView } from './unposted-journals.views.ts';

@ApiTags('journals')
@Controller('v1/unposted-journals')
export class UnpostedJournalsController {
  constructor(private readonly unposted: UnpostedJournals) {}

  @Get()
  @Operation({
    id: 'listUnpostedJournals',
    summary: 'Journals of the cost job that the ERP refused, longest refused first; each run tries them again',
    permission: 'fact:read',
    answers: { 200: { type: UnpostedJournalsView, description: 'At most 200 of them' } },
    problems: {},
  })
  async list(@Ask() { actor }: Caller): Promise<unknown> {
    return toEdge({ data: await this.unposted.list(actor.legalEntities) });
  }
}
