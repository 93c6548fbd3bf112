/**
 * The sandbox as a process: settings from the environment, a line when it is ready, a clean end on a signal.
 */
import { isObject, parseObject } from './core/json.ts';
import { startSandbox, type SandboxOptions } from './sandbox.ts';

const TOKEN_LENGTH_MIN = 16;

const HELP = `Simulated Salesforce, Kantata and NetSuite over HTTP.

  SANDBOX_PORT           port to listen on (3500; 0 = any)
  SANDBOX_HOST           address to listen on (127.0.0.1)
  SANDBOX_DATA_DIR       journals and credentials; absent: in memory
  SANDBOX_NOTICE_URL     where Salesforce notices are posted; may contain {connectionId}
  SANDBOX_NOTICE_SECRET  secret that signs them (Standard Webhooks)
  SANDBOX_BASE_MONTH     YYYY-MM: the month that the seed's January 2026 becomes (2026-01); kept with the data
  SANDBOX_CONTROL_TOKEN  lets callers of other machines use /_sandbox, as the password of basic authentication
                         (at least 16 characters); without it only callers of this machine may
  SANDBOX_CREDENTIALS    JSON {salesforce, kantata, netsuite}; what is left out is generated
`;

function settings(env: NodeJS.ProcessEnv): SandboxOptions {
  const port = Number(env['SANDBOX_PORT'] ?? '3500');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('SANDBOX_PORT must be a port number');
  const credentials = parseObject(env['SANDBOX_CREDENTIALS'] ?? '{}');
  if (credentials === undefined || !Object.values(credentials).every(isObject)) {
    throw new Error('SANDBOX_CREDENTIALS must be a JSON object with one object per system');
  }
  const controlToken = env['SANDBOX_CONTROL_TOKEN'] ?? '';
  if (controlToken !== '' && controlToken.length < TOKEN_LENGTH_MIN) {
    throw new Error(`SANDBOX_CONTROL_TOKEN must have at least ${TOKEN_LENGTH_MIN} characters`);
  }
  const given = {
    controlToken,
    host: env['SANDBOX_HOST'],
    dataDir: env['SANDBOX_DATA_DIR'],
    noticeUrl: env['SANDBOX_NOTICE_URL'],
    baseMonth: env['SANDBOX_BASE_MONTH'],
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  const noticeSecret = env['SANDBOX_NOTICE_SECRET'] ?? '';
  if (given.noticeUrl !== undefined && noticeSecret === '') {
    throw new Error('SANDBOX_NOTICE_SECRET is needed where SANDBOX_NOTICE_URL is set');
  }
  return { port, noticeSecret, credentials: credentials, ...set };
}

if (process.argv.includes('--help')) {
  console.log(HELP);
} else {
  try {
    const sandbox = await startSandbox(settings(process.env));
    console.log(`sandbox ready at ${sandbox.url}`);
    const stop = () => void sandbox.close().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    console.error(`sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
