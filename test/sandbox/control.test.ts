/**
 * Who may use the control paths: this machine, and with the token that was set for them others; never everybody.
 */
import { networkInterfaces } from 'node:os';
import { controlRefusal } from '../../apps/sandbox/core/control.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';

const TOKEN = 'a-token-of-enough-length';
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const refusal = (address: string | undefined, authorization?: string, token?: string) =>
  controlRefusal({ address, authorization }, token)?.status;

test('callers of this machine need nothing, with or without a token set', () => {
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    expect([refusal(address), refusal(address, undefined, TOKEN)]).toEqual([undefined, undefined]);
  }
});

test('without a token set, callers from elsewhere are refused, whatever they bring', () => {
  for (const authorization of [undefined, basic(':'), basic(':undefined'), basic(`:${TOKEN}`)]) {
    expect(refusal('172.18.0.1', authorization)).toBe(403);
  }
  expect(refusal(undefined)).toBe(403);
});

test('with a token set, callers from elsewhere need it as the password', () => {
  expect(refusal('172.18.0.1', basic(`anybody:${TOKEN}`), TOKEN)).toBeUndefined();
  for (const wrong of [undefined, '', basic(':'), basic(`:${TOKEN}x`), basic(`${TOKEN}:`), `Bearer ${TOKEN}`]) {
    expect(refusal('172.18.0.1', wrong, TOKEN)).toBe(401);
  }
});

test('over HTTP the same: the refusal asks for the password, the vendors stay as they are', async () => {
  const sandbox = await startSandbox({ host: '0.0.0.0', controlToken: TOKEN });
  const port = new URL(sandbox.url).port;
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  try {
    // A machine without a network has no caller from elsewhere.
    const expected = outside === undefined ? [200, 200, null] : [401, 200, 'Basic realm="sandbox control"'];
    const url = `http://${outside ?? '127.0.0.1'}:${port}/_sandbox/health`;
    const without = await fetch(url);
    const withToken = await fetch(url, { headers: { authorization: basic(`:${TOKEN}`) } });
    expect([without.status, withToken.status, without.headers.get('www-authenticate')]).toEqual(expected);
  } finally {
    await sandbox.close();
  }
});
