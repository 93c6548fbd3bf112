// Program for an installation, run once before the first start and after a change of temporal-config:
// `node dist/temporal-config/set-up.js`, with TEMPORAL_ADDRESS and, if it is another, TEMPORAL_NAMESPACE.
import { Connection } from '@temporalio/client';
import { readRegistration, registerNamespace } from './register.ts';

const registration = readRegistration('temporal-config', process.env.TEMPORAL_NAMESPACE);
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
await registerNamespace(connection, registration);
await connection.close();
console.log(`namespace ${registration.namespace} is ready`);
