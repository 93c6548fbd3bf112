// The small parts around the HTTP client: secrets out of texts, signatures, positions in a list of changes.
import { generateKeyPairSync, verify, constants } from 'node:crypto';
import { redact } from '../../../adapters/http/redact.ts';
import { privateKey, signJwt } from '../../../adapters/http/tokens.ts';
import { advance, START, stepBack } from '../../../adapters/http/watermark.ts';

describe('redaction', () => {
  test('takes tokens, assertions and keys out', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln';
    const text = `sent ${jwt} with client_secret=s3cret&x=1 and {"access_token": "abc"} Authorization: Bearer a.b-c
      -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----`;
    const clean = redact(text);
    for (const secret of ['eyJ', 's3cret', 'abc', 'a.b-c', 'MIIE']) expect(clean).not.toContain(secret);
    expect(clean).toContain('&x=1');
  });

  test('cuts long texts and keeps one line', () => {
    expect(redact('a\n  b')).toBe('a b');
    expect(redact('x'.repeat(1000))).toHaveLength(300);
  });
});

describe('a signed assertion', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  test.each([
    ['RS256', rsa, { padding: constants.RSA_PKCS1_PADDING }],
    ['PS256', rsa, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ['ES256', ec, { dsaEncoding: 'ieee-p1363' as const }],
  ] as const)('is valid for %s', (algorithm, keys, options) => {
    const jwt = signJwt(keys.privateKey, algorithm, { kid: 'k1' }, { iss: 'me', exp: 1 });
    const [header = '', claims = '', signature = ''] = jwt.split('.');
    const content = Buffer.from(`${header}.${claims}`);
    const decoded = Buffer.from(signature, 'base64url');
    expect(verify('sha256', content, { key: keys.publicKey, ...options }, decoded)).toBe(true);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: algorithm, typ: 'JWT', kid: 'k1' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: 'me', exp: 1 });
  });

  test('needs a real key, and does not quote what it got instead', () => {
    expect(() => privateKey('my secret text')).toThrow(/^the private key is not a PEM key$/);
  });
});

describe('the position in a list of changes', () => {
  const now = '2026-02-01T12:00:00.000Z';
  const at = (second: number) => `2026-02-01T11:00:${String(second).padStart(2, '0')}.000Z`;

  test('moves to the last change of a page while there is more', () => {
    expect(advance(START, [at(1), at(5)], true, now)).toEqual({ after: at(5), page: 1 });
  });

  test('turns pages only inside changes of one instant', () => {
    const inside = advance({ after: at(5), page: 1 }, [at(5), at(5)], true, now);
    expect(inside).toEqual({ after: at(5), page: 2 });
    expect(advance(inside, [at(5), at(6)], true, now)).toEqual({ after: at(6), page: 1 });
  });

  test('never moves back while there is more, so that every list comes to its end', () => {
    expect(advance({ after: at(5), page: 1 }, [at(4), at(4)], true, now)).toEqual({ after: at(5), page: 2 });
  });

  test('stays a minute behind the present once all is read, since changes may not be visible yet', () => {
    expect(advance(START, ['2026-02-01T11:59:50.000Z'], false, now)).toEqual({ after: stepBack(now), page: 1 });
    expect(advance(START, [at(5)], false, now)).toEqual({ after: at(5), page: 1 });
    expect(advance({ after: at(5), page: 3 }, [], false, now)).toEqual({ after: at(5), page: 1 });
  });
});
