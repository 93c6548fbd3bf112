// `npm run compose-sandbox`: writes what `docker compose --profile sandbox up` needs, with new secrets: .env and, in
// .compose, the credentials of both sides. Never overwrites, because PostgreSQL keeps the passwords of its first start.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.ts';
import { sandboxBaseMonth, sandboxSecrets } from './up/sandbox-profile.ts';

/** Where docker-compose.yml has the sandbox for the other containers, and where it publishes it for people. */
export const COMPOSE_SANDBOX = { sandboxUrl: 'http://sandbox:3500', recordsUrl: 'http://127.0.0.1:3500' };

/**
 * Writes .env and .compose/*.env below `folder`, readable by their owner only; returns their paths.
 * @throws Error when one of them is there
 */
export function writeComposeFiles(folder: string, now: Date): string[] {
  const random = (): string => randomBytes(24).toString('base64url');
  const { sandbox, application } = sandboxSecrets(random);
  const values: Record<string, string> = {
    POSTGRES_PASSWORD: random(),
    TEMPORAL_DB_PASSWORD: random(),
    THROUGHLINE_DB_PASSWORD: random(),
    THROUGHLINE_ENV_FILE: '.compose/application.env',
    SANDBOX_ENV_FILE: '.compose/sandbox.env',
    SANDBOX_CONTROL_TOKEN: random(),
    SANDBOX_BASE_MONTH: sandboxBaseMonth(now),
  };
  const example = readFileSync(join(checkout, '.env.example'), 'utf8');
  const files: [string, string][] = [
    ['.env', example.replace(/^([A-Z_]+)=$/gm, (line, name: string) => `${name}=${values[name] ?? ''}`)],
    ['.compose/application.env', environmentFile(application)],
    ['.compose/sandbox.env', environmentFile(sandbox)],
  ];
  const there = files.map(([path]) => path).filter((path) => existsSync(join(folder, path)));
  if (there.length > 0)
    throw new Error(`${there.join(', ')} is there already: remove it, and the volumes, to begin anew`);
  mkdirSync(join(folder, '.compose'), { recursive: true, mode: 0o700 });
  for (const [path, text] of files) writeFileSync(join(folder, path), text, { mode: 0o600, flag: 'wx' });
  return files.map(([path]) => path);
}

/** In single quotes everything is taken as it is, the `\n` in the JSON of a key too; none of the values has one. */
function environmentFile(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}
