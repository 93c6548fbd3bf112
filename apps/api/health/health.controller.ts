/** Whether the API lives, whether it can work, and what it is. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { VERSION } from '../configuration.ts';
import { EngagementRuns } from '../engagements/engagement-runs.ts';
import { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';

const DATABASE_MS = 2_000;

export class LivenessView {
  @ApiProperty({ enum: ['ok'] })
  status: string;
}

export class ReadinessView {
  @ApiProperty({ enum: ['ok'] })
  database: string;
  @ApiProperty({ enum: ['ok'] })
  temporal: string;
}

export class VersionView {
  @ApiProperty({ example: 'throughline' })
  name: string;
  @ApiProperty({ example: '0.1.0' })
  version: string;
  @ApiProperty({ example: 'v20.20.2' })
  node: string;
}

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: EngagementRuns,
    @Inject(VERSION) private readonly release: string,
  ) {}

  @Get('livez')
  @Operation({
    id: 'getLiveness',
    summary: 'The process answers',
    permission: 'anyone',
    answers: { 200: { type: LivenessView, description: 'It lives' } },
    problems: {},
  })
  livez(): LivenessView {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Operation({
    id: 'getReadiness',
    summary: 'Database and Temporal server answer',
    permission: 'anyone',
    answers: { 200: { type: ReadinessView, description: 'Ready' } },
    problems: { 503: 'NOT_READY: `errors` names what does not answer' },
  })
  async readyz(): Promise<ReadinessView> {
    const [database, temporal] = await Promise.all([this.databaseAnswers(), this.runs.check()]);
    if (database && temporal) return { database: 'ok', temporal: 'ok' };
    const errors = [
      ...(database ? [] : [{ pointer: '/database', code: 'SILENT', message: 'PostgreSQL does not answer' }]),
      ...(temporal
        ? []
        : [{ pointer: '/temporal', code: 'SILENT', message: 'the Temporal namespace does not answer' }]),
    ];
    const detail = errors.map(({ message }) => message).join('; ');
    throw new Problem(503, 'NOT_READY', detail, { errors, headers: { 'retry-after': '2' } });
  }

  @Get('version')
  @Operation({
    id: 'getVersion',
    summary: 'What runs here',
    permission: 'anyone',
    answers: { 200: { type: VersionView, description: 'Name and version' } },
    problems: {},
  })
  version(): VersionView {
    return { name: 'throughline', version: this.release, node: process.version };
  }

  private async databaseAnswers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, DATABASE_MS, false)));
    const answer = this.dataSource.query('SELECT 1').then(
      () => true,
      () => false,
    );
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}
