// Systems by connection id: made when first asked for, with errors that name the variable and never its content.
import { createSystems } from '../../../adapters/systems.ts';
import type { Configuration } from '../../../domain/configuration.ts';

const connection = { baseUrl: 'http://127.0.0.1:9', timeoutMs: 100 };
const configuration = {
  connections: {
    sf: { ...connection, connectionId: 'sf', capability: 'crm', vendor: 'salesforce', credentialsVariable: 'SF' },
    kt: { ...connection, connectionId: 'kt', capability: 'psa', vendor: 'kantata', credentialsVariable: 'KT' },
    ns: { ...connection, connectionId: 'ns', capability: 'erp', vendor: 'netsuite', credentialsVariable: 'NS' },
    tp: { ...connection, connectionId: 'tp', capability: 'psa', vendor: 'tryton', credentialsVariable: 'TR' },
    tr: { ...connection, connectionId: 'tr', capability: 'erp', vendor: 'tryton', credentialsVariable: 'TR' },
  },
} as unknown as Configuration;

const thrownBy = (environment: Record<string, string>, ask: (systems: ReturnType<typeof createSystems>) => unknown) => {
  try {
    ask(createSystems(configuration, environment));
  } catch (error) {
    return error as { kind: string; message: string };
  }
  throw new Error('an error was expected');
};

test('a port is made once, and only when it is asked for', () => {
  const systems = createSystems(configuration, { KT: '{"token": "t"}' });
  expect(systems.psa('kt')).toBe(systems.psa('kt'));
});

test('missing, broken and incomplete credentials are told by the name of their variable', () => {
  const cases: [string, string][] = [
    ['', 'credentials of kt in KT: it is not set'],
    ['s3cret', 'credentials of kt in KT: it is not JSON'],
    ['"s3cret"', 'credentials of kt in KT: it lacks token'],
    ['{"tokn": "s3cret"}', 'credentials of kt in KT: it lacks token'],
  ];
  for (const [KT, message] of cases) {
    expect(thrownBy({ KT }, (systems) => systems.psa('kt'))).toMatchObject({ kind: 'unauthorised', message });
  }
  const NS = '{"clientId": "c", "certificateId": "k", "privateKey": "s3cret"}';
  const unusable = thrownBy({ NS }, (systems) => systems.erp('ns'));
  expect(unusable.message).toBe('credentials of ns in NS: the private key is not a PEM key');
  const neither = thrownBy({ SF: '{"clientId": "c"}' }, (systems) => systems.crm('sf'));
  expect(neither.message).toBe('credentials of sf in SF: needs privateKey and username, or clientSecret');
});

test('an unknown connection and another capability are refused', () => {
  const KT = '{"token": "t"}';
  expect(thrownBy({}, (systems) => systems.crm('none'))).toMatchObject({ kind: 'rejected' });
  expect(thrownBy({ KT }, (systems) => systems.erp('kt')).message).toBe('kt is a kantata connection, not a erp');
});

test('Tryton is the port of its connection, and says what its credentials lack', () => {
  const TR = '{"database": "books", "login": "throughline", "password": "p", "company": "TL-DE"}';
  expect(createSystems(configuration, { TR }).erp('tr').cannot).toEqual({});
  expect(createSystems(configuration, { TR }).psa('tp').cannot).toHaveProperty('approveWork');
  expect(thrownBy({ TR }, (systems) => systems.erp('tp')).message).toBe('tp is a tryton connection, not a erp');
  expect(thrownBy({ TR }, (systems) => systems.crm('tr')).message).toBe('tr is a tryton connection, not a crm');
  const lacking = thrownBy({ TR: '{"database": "books"}' }, (systems) => systems.erp('tr'));
  expect(lacking.message).toBe('credentials of tr in TR: it lacks login, password');
});
