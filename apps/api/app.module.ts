/** How the API is put together: controllers, and the few things they are given. */
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Client } from '@temporalio/client';
import { DataSource } from 'typeorm';
import type { Configuration } from '../../domain/configuration.ts';
import { Books, createBooks } from '../../persistence/books.ts';
import { AccountEngagements } from '../../persistence/repositories/account-engagements.ts';
import { BoardFigures } from '../../persistence/repositories/board.ts';
import { Derivations } from '../../persistence/repositories/derivations.ts';
import { InvoiceReadings } from '../../persistence/repositories/invoice-readings.ts';
import { StatusReports } from '../../persistence/repositories/status-reports.ts';
import { UndeliveredFacts } from '../../persistence/repositories/undelivered-facts.ts';
import { UnpostedJournals } from '../../persistence/repositories/unposted-journals.ts';
import { AccessGuard } from './access/access.guard.ts';
import { BoardController } from './board/board.controller.ts';
import { CONFIGURATION, ENVIRONMENT, type Environment, VERSION } from './configuration.ts';
import { DerivationsController } from './derivations/derivations.controller.ts';
import { DecisionsController } from './engagements/decisions.controller.ts';
import { EngagementAccess } from './engagements/engagement-access.ts';
import { EngagementRuns } from './engagements/engagement-runs.ts';
import { EngagementsController } from './engagements/engagements.controller.ts';
import { FactsController } from './engagements/facts.controller.ts';
import { HealthController } from './health/health.controller.ts';
import { CommandInterceptor } from './http/command.interceptor.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { validationPipe } from './http/validation.ts';
import { UnpostedJournalsController } from './journals/unposted-journals.controller.ts';
import { NoticesController } from './notices/notices.controller.ts';
import { StatusReportsController } from './engagements/status-reports.controller.ts';
import { UndeliveredFactsController } from './notices/undelivered-facts.controller.ts';
import { TimeBatchesController } from './work/time-batches.controller.ts';

/** All controllers of the API. */
export const CONTROLLERS = [
  NoticesController,
  EngagementsController,
  DecisionsController,
  FactsController,
  DerivationsController,
  StatusReportsController,
  UndeliveredFactsController,
  UnpostedJournalsController,
  TimeBatchesController,
  BoardController,
  HealthController,
];

/** What the API is given from outside. The module closes what it was given. */
export interface Parts {
  dataSource: DataSource;
  client: Client;
  configuration: Configuration;
  environment: Environment;
  version: string;
}

@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Client) private readonly client: Client,
  ) {}

  static with({ dataSource, client, configuration, environment, version }: Parts): DynamicModule {
    return {
      module: AppModule,
      controllers: CONTROLLERS,
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: Client, useValue: client },
        { provide: CONFIGURATION, useValue: configuration },
        { provide: ENVIRONMENT, useValue: environment },
        { provide: VERSION, useValue: version },
        { provide: Books, useValue: createBooks(dataSource) },
        { provide: AccountEngagements, useValue: new AccountEngagements(dataSource.manager) },
        { provide: Derivations, useValue: new Derivations(dataSource.manager) },
        { provide: InvoiceReadings, useValue: new InvoiceReadings(dataSource.manager) },
        { provide: StatusReports, useValue: new StatusReports(dataSource.manager) },
        { provide: UndeliveredFacts, useValue: new UndeliveredFacts(dataSource.manager) },
        { provide: UnpostedJournals, useValue: new UnpostedJournals(dataSource.manager) },
        { provide: BoardFigures, useValue: new BoardFigures(dataSource.manager) },
        EngagementRuns,
        EngagementAccess,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: CommandInterceptor },
        { provide: APP_PIPE, useFactory: validationPipe },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.connection.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
