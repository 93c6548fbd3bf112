/** The board: whether deals become projects, invoices, revenue and cash, and what stands in the way. */
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BoardFigures } from '../../../persistence/repositories/board.ts';
import { Operation } from '../http/operation.ts';
import { Ask, Caller } from '../http/request.ts';
import { BoardView } from './board.views.ts';
import {
  blockedMeasure,
  countMeasure,
  durationMeasure,
  ratioMeasure,
  toApproveMeasure,
  workMeasure,
} from './measures.ts';

@ApiTags('board')
@Controller('v1/board')
export class BoardController {
  constructor(private readonly figures: BoardFigures) {}

  @Get()
  @Operation({
    id: 'getBoard',
    summary: 'Measures of the legal entities that you act for, read from the books',
    permission: 'board:read',
    answers: { 200: { type: BoardView, description: 'The measures' } },
    problems: {},
  })
  async board(@Ask() { actor }: Caller): Promise<BoardView> {
    const { legalEntities } = actor;
    const toActive = await this.figures.closedWonToActive(legalEntities);
    const toInvoiced = await this.figures.approvedToInvoiced(legalEntities);
    const keyedAgain = await this.figures.fieldsKeyedAgain();
    const work = await this.figures.work(legalEntities);
    const money = await this.figures.money(legalEntities);
    const toApprove = await this.figures.workToApprove(legalEntities);
    const blocked = await this.figures.blocked(legalEntities);
    return {
      measures: [
        durationMeasure('closedWonToActive', 'Closed-won to active', 'deal closed to engagement active', toActive),
        countMeasure('fieldsKeyedAgain', 'Fields keyed again', 'facts told by hand, from the audit trail', keyedAgain),
        durationMeasure('approvedToInvoiced', 'Approved to invoiced', 'time approved to invoice posted', toInvoiced),
        workMeasure(work),
        ratioMeasure(
          'recognisedAgainstBilled',
          'Recognised against billed',
          ['recognisedMinor', 'recognised'],
          ['invoicedMinor', 'billed net'],
          money,
        ),
        ratioMeasure('cash', 'Cash', ['collectedMinor', 'collected'], ['dueMinor', 'due'], money),
        toApproveMeasure(toApprove),
        blockedMeasure(blocked),
      ],
    };
  }
}
