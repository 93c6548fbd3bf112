/**
 * The fault proxy as a process: settings from the environment, a line when it is ready, a clean end on a signal.
 */
import { CONTROL_PATH, FAULTS, startFaultProxy } from './proxy.ts';

const HELP = `A proxy that makes the calls to a system fail.

  FAULT_PROXY_TARGET  address of the system, with http (required)
  FAULT_PROXY_PORT    port to listen on (3700; 0 = any)

POST ${CONTROL_PATH} with {"fault": one of ${FAULTS.join(', ')}, "method", "path", "body", "times", "status",
"delayMs"} sets a rule, GET lists them with their hits, DELETE takes all away. Whoever reaches the port may do so.
`;

async function main(): Promise<void> {
  const target = process.env['FAULT_PROXY_TARGET'] ?? '';
  if (!/^http:\/\//.test(target)) throw new Error('FAULT_PROXY_TARGET must be an http address');
  const port = Number(process.env['FAULT_PROXY_PORT'] ?? '3700');
  const proxy = await startFaultProxy({ target, port });
  console.log(`fault proxy ready at ${proxy.url} in front of ${target}`);
  const stop = (): void => void proxy.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

if (process.argv.includes('--help')) console.log(HELP);
else {
  await main().catch((error: unknown) => {
    console.error(`fault proxy cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
