// Connections to the Temporal server of this test run, and a namespace for one test file.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { readRegistration, registerNamespace } from '../../temporal-config/register.ts';
import { skipTime } from '../../temporal-config/time-skipping.ts';

/** Where the server of this run is. */
export function testAddress(): string {
  const address = process.env.TEST_TEMPORAL_ADDRESS;
  if (!address) throw new Error('no Temporal server: this test does not belong into test/unit');
  return address;
}

/** For clients; with `skipping`, every workflow started through it jumps to its next deadline by itself. Close it. */
export function testConnection({ skipping = false } = {}): Promise<Connection> {
  const interceptors = [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), ...(skipping ? [skipTime()] : [])];
  return Connection.connect({ address: testAddress(), interceptors });
}

let runtime: Runtime | undefined;

/** For workers, which then log errors only. Close it after them. */
export function testNativeConnection(): Promise<NativeConnection> {
  runtime ??= Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  return NativeConnection.connect({ address: testAddress() });
}

/** Registers a namespace with our search attributes under a new name and resolves when it is usable (0.5 to 1 s). */
export async function freshNamespace(): Promise<string> {
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const connection = await testConnection();
  try {
    await registerNamespace(connection, readRegistration(join(process.cwd(), 'temporal-config'), namespace));
  } finally {
    await connection.close();
  }
  return namespace;
}
