// The files of an installation with containers belong together: what docker-compose.yml asks for is in .env.example,
// the example of a configuration fits the simulated systems, and what is written for a trial is complete and secret.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfiguration } from '../../domain/parse-configuration.ts';
import { COMPOSE_SANDBOX, writeComposeFiles } from '../../scripts/compose-sandbox.ts';
import { sandboxConfiguration } from '../../scripts/up/sandbox-profile.ts';

const read = (path: string): string => readFileSync(join(process.cwd(), path), 'utf8');
const compose = read('docker-compose.yml');

/** NAME=value lines; quotes around a value are not part of it. */
function variablesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(?:'(.*)'|(.*))$/gm)].map(([, name, a, b]) => [name, a ?? b]),
  );
}

describe('docker-compose.yml', () => {
  test('asks for exactly what .env.example explains, and the example holds no secret', () => {
    const asked = new Set([...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name));
    const example = variablesOf(read('.env.example'));
    expect(Object.keys(example).sort()).toEqual([...asked].sort());
    expect(Object.entries(example).filter(([, value]) => value !== '')).toEqual([
      ['THROUGHLINE_CONFIG_FILE', './docs/examples/compose.configuration.json'],
    ]);
  });

  test('publishes every port to this machine only', () => {
    const published = [...compose.matchAll(/^ {6}- (\S+:\d+)$/gm)].map(([, port]) => port ?? '');
    expect(published).toHaveLength(4);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

test('the example of a configuration is valid and is that of the simulated systems', () => {
  const example: unknown = JSON.parse(read('docs/examples/compose.configuration.json'));
  expect(example).toEqual(JSON.parse(JSON.stringify(sandboxConfiguration(COMPOSE_SANDBOX))));
  expect(Object.keys(parseConfiguration(example).connections)).toEqual(['sf-emea', 'kt-main', 'ns-main']);
});

describe('the files of a trial with containers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'throughline-compose-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const variables = (path: string) => variablesOf(readFileSync(join(folder, path), 'utf8'));

  test('have a value for everything that is asked for, and both sides the same secrets', () => {
    const written = writeComposeFiles(folder, new Date('2031-04-10T00:00:00Z'));
    expect(written).toEqual(['.env', '.compose/application.env', '.compose/sandbox.env']);
    const env = variables('.env');
    expect(Object.keys(env)).toEqual(Object.keys(variablesOf(read('.env.example'))));
    expect(Object.values(env)).not.toContain('');
    expect(env['SANDBOX_BASE_MONTH']).toBe('2031-05'); // the month after: engagements move forward only
    const application = variables('.compose/application.env');
    const sandbox = variables('.compose/sandbox.env');
    const { connections } = parseConfiguration(JSON.parse(read('docs/examples/compose.configuration.json')));
    const named = Object.values(connections).flatMap(({ credentialsVariable, noticeSecretVariable }) => [
      credentialsVariable,
      ...(noticeSecretVariable === undefined ? [] : [noticeSecretVariable]),
    ]);
    expect(Object.keys(application).sort()).toEqual(named.sort());
    expect(application['THROUGHLINE_SF_EMEA_NOTICE']).toBe(sandbox['SANDBOX_NOTICE_SECRET']);
    const { kantata } = JSON.parse(sandbox['SANDBOX_CREDENTIALS'] ?? '') as { kantata: { token: string } };
    expect(JSON.parse(application['THROUGHLINE_KT_MAIN'] ?? '')).toEqual({ token: kantata.token });
  });

  test('are readable by their owner only', () => {
    for (const path of writeComposeFiles(folder, new Date())) {
      expect([path, statSync(join(folder, path)).mode & 0o777]).toEqual([path, 0o600]);
    }
  });

  test('are never overwritten: PostgreSQL keeps the passwords of its first start', () => {
    writeComposeFiles(folder, new Date());
    const before = variables('.env');
    expect(() => writeComposeFiles(folder, new Date())).toThrow(/^\.env, .* is there already/);
    expect(variables('.env')).toEqual(before);
  });
});
