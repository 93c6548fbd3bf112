// What `up` keeps running: a server or program that ends unasked is told, started again once, and given up with the
// reason when that does not help.
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portFrom, saysPortIsTaken, tailOf, takeLock } from '../../scripts/processes.ts';
import { keepRunning, respondsAt, supervise, type Lasting, type Service } from '../../scripts/up/supervisor.ts';

let home: string;
let said: string[];
const say = (line: string): void => void said.push(line);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'throughline-supervisor-test-'));
  said = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Something that ends when it is told to, and starts again if `restart` lets it. */
function thing(restart: () => Promise<void> = () => Promise.resolve()) {
  const ends: ((how: string) => void)[] = [];
  const lasting: Lasting = {
    ended: () => new Promise((resolve) => ends.push(resolve)),
    restart,
    stop: () => Promise.resolve(end('was stopped')),
  };
  const end = (how: string): void => ends.at(-1)?.(how);
  return { lasting, end };
}

describe('what is kept running', () => {
  test('is started again when it ends unasked, and both is told', async () => {
    const { lasting, end } = thing();
    keepRunning('PostgreSQL', lasting, say);
    end('does not answer any more; its log ends with: ...');
    await settled();
    expect(said).toEqual(['PostgreSQL does not answer any more: starting it again', 'PostgreSQL is back']);
  });

  test('is given up with the reason when it ends again soon', async () => {
    const { lasting, end } = thing();
    const { failed } = keepRunning('PostgreSQL', lasting, say);
    end('does not answer any more');
    await settled();
    end('does not answer any more; postgres.log ends with: no space left');
    expect(await failed).toMatch(/^PostgreSQL does not answer.* no space left\nIt was started again before: giving up/);
  });

  test('is given up with the reason when it cannot be started again', async () => {
    const { lasting, end } = thing(() => Promise.reject(new Error('the port is taken')));
    const { failed } = keepRunning('PostgreSQL', lasting, say);
    end('does not answer any more');
    expect(await failed).toBe('PostgreSQL could not be started again: the port is taken');
  });

  test('is not started again when it was stopped', async () => {
    let restarts = 0;
    const { lasting } = thing(() => Promise.resolve(void (restarts += 1)));
    await keepRunning('PostgreSQL', lasting, say).stop();
    await settled();
    expect([restarts, said]).toEqual([0, []]);
  });
});

describe('a program', () => {
  const program = (script: string, isReady: Service['isReady']): Service => ({
    name: 'api',
    command: [process.execPath, '-e', script],
    logFile: join(home, 'logs', 'api.log'),
    pidDirectory: join(home, 'pids'),
    isReady,
  });
  const listener = (port: number) =>
    `require('http').createServer((_, r) => r.end()).listen(${port}, '127.0.0.1', () => console.log('listening'))`;

  test('is not ready because somebody else answers at its port: it ends, and that is told', async () => {
    const foreign = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const { port } = foreign.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const isReady = (output: string) => output.includes('listening') && respondsAt(url);
    expect(await respondsAt(url)).toBe(true);
    const error = await supervise(program(listener(port), isReady), say).then(() => 'ready', String);
    expect(error).toMatch(/api ended with exit code 1; .*api\.log ends with/);
    expect(saysPortIsTaken(error)).toBe(true);
    expect(await portFrom(port, say)).toBeGreaterThan(port);
    expect(said[0]).toBe(`  Port ${port} is taken: using ${await portFrom(port)}`);
    foreign.close();
  });

  test('that is killed is back at its port with a new process id', async () => {
    const port = await portFrom(34_000);
    const pids: number[] = [];
    const isReady = (output: string) => output.includes('listening') && respondsAt(`http://127.0.0.1:${port}`);
    const { stop } = await supervise({ ...program(listener(port), isReady), onStart: (pid) => pids.push(pid) }, say);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    while (!said.includes('api is back')) await settled();
    expect(said[0]).toBe('api was ended by SIGKILL: starting it again');
    expect(new Set(pids).size).toBe(2);
    await stop();
    expect(await respondsAt(`http://127.0.0.1:${port}`)).toBe(false);
  });
});

describe('a lock file', () => {
  test('is held by one process, and free again when it is given back', () => {
    const file = join(home, 'lock');
    const first = takeLock(file);
    expect(takeLock(file)).toEqual({ holder: process.pid });
    if ('release' in first) first.release();
    expect(takeLock(file)).toMatchObject({ isTakenOver: false });
  });

  test('of a process that is gone, or whose id is somebody else now, is taken over', () => {
    const file = join(home, 'lock');

    writeFileSync(file, JSON.stringify({ pid: process.pid, command: ['another', 'program'] }));
    expect(takeLock(file)).toMatchObject({ isTakenOver: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
  });
});

test('the end of a log fits on a screen, however long its lines are', () => {
  expect(tailOf(`first\n${'x'.repeat(5_000)}\nlast\n`, 2)).toBe(`${'x'.repeat(300)} ...\nlast`);
});

/** A moment, in which what was resolved goes on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
