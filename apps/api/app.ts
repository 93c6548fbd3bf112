/** Creates the API, ready to listen: for `main.ts` and for tests over real HTTP. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { Configuration } from '../../domain/configuration.ts';
import { connectDataSource } from '../../persistence/data-source.ts';
import { dataConverter } from '../../temporal-config/data-converter.ts';
import { AppModule, CONTROLLERS } from './app.module.ts';
import type { Environment } from './configuration.ts';
import { serveDocument } from './http/openapi.ts';
import { routesOf } from './http/operation.ts';
import { createServer, type Log } from './http/server.ts';
import { releaseVersion } from './version.ts';

const TEMPORAL_TRIES_MAX = 3;

/** What an API needs to run. */
export interface ApiOptions {
  /** A migrated database. */
  databaseUrl: string;
  temporal: { address: string; namespace: string };
  configuration: Configuration;
  /** Holds the secrets that the configuration names. */
  environment: Environment;
  /** One line per request. */
  log: Log;
}

/**
 * The API, not listening yet. Temporal need not be there: what needs it answers 503 until it is.
 * @throws SCHEMA_NEWER; when the database does not answer, or a route has no permission
 */
export async function createApp(options: ApiOptions): Promise<NestFastifyApplication> {
  routesOf(CONTROLLERS);
  const { databaseUrl, temporal, configuration, environment, log } = options;
  const dataSource = await connectDataSource(databaseUrl);
  // Few tries: a server that is away is told to the caller at once, who repeats with the same Idempotency-Key.
  const fewTries = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: TEMPORAL_TRIES_MAX }));
  const connection = Connection.lazy({ address: temporal.address, interceptors: [fewTries] });
  const client = new Client({ connection, namespace: temporal.namespace, dataConverter });
  const version = releaseVersion();
  const parts = { dataSource, client, configuration, environment, version };
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(parts),
    createServer(log, '/v1/notices/'),
    {
      logger: ['error', 'fatal'],
      abortOnError: false,
      bodyParser: false,
      forceCloseConnections: true,
    },
  );
  serveDocument(app, version);
  return app;
}
