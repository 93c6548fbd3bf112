/**
 * The configuration: a good one is read whole, a bad one is refused with everything that is wrong, each with its path.
 */
import { accountOf, DEFAULT_POLICY } from '../../domain/configuration.ts';
import { DomainError } from '../../domain/errors.ts';
import { parseConfiguration } from '../../domain/parse-configuration.ts';
import { sandboxConfiguration } from '../../scripts/up/sandbox-profile.ts';
import { code } from './money/domain-error.ts';

/** The sandbox profile as JSON, changed at one path. */
function changed(path: string, value: unknown): unknown {
  const json = JSON.parse(JSON.stringify(sandboxConfiguration({ sandboxUrl: 'http://127.0.0.1:1' }))) as object;
  const names = path.split('/');
  const last = names.pop() ?? '';
  const owner = names.reduce<Record<string, unknown>>(
    (object, name) => object[name] as Record<string, unknown>,
    json as Record<string, unknown>,
  );
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return json;
}

function problemsOf(json: unknown): unknown {
  try {
    parseConfiguration(json);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'CONFIGURATION_INVALID') return error.details.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('of the sandbox profile is read as it is', () => {
    const profile = sandboxConfiguration({ sandboxUrl: 'http://127.0.0.1:1' });
    expect(parseConfiguration(JSON.parse(JSON.stringify(profile)))).toEqual(profile);
  });

  test('without a policy, or with a part of one, is as in production for the rest', () => {
    expect(parseConfiguration(changed('policy', undefined)).policy).toEqual(DEFAULT_POLICY);
    expect(parseConfiguration(changed('policy', { probeMs: 1 })).policy).toEqual({ ...DEFAULT_POLICY, probeMs: 1 });
  });

  test('of an installation from before the later account roles works until such a posting occurs', () => {
    const old = changed('legalEntities/TL-UK/accounts/refund-liability', undefined);
    const entity = parseConfiguration(old).legalEntities['TL-UK'];
    if (!entity) throw new Error('the profile has TL-UK');
    expect(accountOf(entity, 'revenue', '2026-01-31')).toBe('4000');
    expect(code(() => accountOf(entity, 'refund-liability', '2026-01-31'))).toBe('ACCOUNT_MISSING');
  });

  test('changes an account from a posting date on; earlier postings keep the number that they had', () => {
    const changes = {
      revenue: { '2027-01-01': '4020', '2026-07-01': '4010' },
      'loss-provision': { '2027-01-01': '2910' },
    };
    const json = changed('legalEntities/TL-UK/accountChanges', changes) as object;
    const entity = parseConfiguration(json).legalEntities['TL-UK'];
    if (!entity) throw new Error('the profile has TL-UK');
    expect(entity.accountChanges).toEqual(changes);
    const dates = ['2026-06-30', '2026-07-01', '2026-12-31', '2027-01-01'];
    expect(dates.map((date) => accountOf(entity, 'revenue', date))).toEqual(['4000', '4010', '4010', '4020']);
    const later = { ...entity, accounts: { ...entity.accounts } };
    delete later.accounts['loss-provision'];
    expect(code(() => accountOf(later, 'loss-provision', '2026-12-31'))).toBe('ACCOUNT_MISSING');
    expect(accountOf(later, 'loss-provision', '2027-01-01')).toBe('2910');
  });

  test('takes ids from the keys where they are not repeated', () => {
    const { connections } = parseConfiguration(changed('connections/sf-emea/connectionId', undefined));
    expect(connections['sf-emea']?.connectionId).toBe('sf-emea');
  });

  test.each([
    ['connections/sf-emea/baseUrl', 'ftp://x', 'connections.sf-emea.baseUrl must be an http or https address'],
    ['connections/sf-emea/timeoutMs', 0, 'connections.sf-emea.timeoutMs must be a whole number of at least 1'],
    ['connections/ns-main/vendor', 'kantata', 'connections.ns-main.capability must be psa for kantata'],
    ['connections/sf-emea/vendor', 'tryton', 'connections.sf-emea.capability must be psa or erp for tryton'],
    ['connections/sf-emea/colour', 'red', 'connections.sf-emea.colour is not a setting'],
    [
      'connections/sf-emea/connectionId',
      'sf',
      'connections.sf-emea.connectionId must be "sf-emea", the key it stands under',
    ],
    [
      'legalEntities/TL-UK/functionalCurrency',
      'ZZZ',
      'legalEntities.TL-UK.functionalCurrency must be a currency of ISO 4217',
    ],
    [
      'legalEntities/TL-UK/accounts/cash',
      undefined,
      'legalEntities.TL-UK.accounts.cash is missing: it must be an account number',
    ],
    [
      'legalEntities/TL-UK/accounts/refund-liability',
      '',
      'legalEntities.TL-UK.accounts.refund-liability must be an account number',
    ],
    [
      'legalEntities/TL-UK/accountChanges',
      { revenue: { '2031-02-30': '4010' } },
      'legalEntities.TL-UK.accountChanges.revenue.2031-02-30 must be named by a date YYYY-MM-DD',
    ],
    [
      'legalEntities/TL-UK/accountChanges',
      { profit: { '2031-02-28': '4010' } },
      'legalEntities.TL-UK.accountChanges.profit is not a role of our postings',
    ],
    ['legalEntities/TL-UK/holidays', ['2031-02-30'], 'legalEntities.TL-UK.holidays must be a list of dates YYYY-MM-DD'],
    [
      'legalEntities/TL-UK/erpConnectionId',
      'kt-main',
      'legalEntities.TL-UK.erpConnectionId names "kt-main", which is no erp connection',
    ],
    [
      'legalEntities/TL-UK/taxProfiles/GB-STD/ratePercent',
      '-1',
      'legalEntities.TL-UK.taxProfiles.GB-STD.ratePercent must be a decimal string of zero or more',
    ],
    [
      'legalEntities/TL-JP/rounding/taxMode',
      'floor',
      'legalEntities.TL-JP.rounding.taxMode must be one of half-away-from-zero, half-even, down, up',
    ],
    ['connections/sf-emea/people', { '1': 'sam' }, 'connections.sf-emea.people is for PSA connections only'],
    ['connections/kt-main/people', { '1': 7 }, 'connections.kt-main.people.1 must be the subject of a token'],
    ['costRates', { 'TL-XX': { '*': '50' } }, 'costRates.TL-XX names no legal entity'],
    ['policy', [], 'policy must be an object'],
  ])('with %s = %j is refused', (path, value, problem) => {
    expect(problemsOf(changed(path, value))).toEqual([problem]);
  });

  describe('of an entity that moves to another ERP', () => {
    const change = { from: '2031-03-01', erpConnectionId: 'ns-two', erpEntityRef: '9' };
    const moving = (erpChanges: unknown): unknown => {
      const json = changed('legalEntities/TL-UK/erpChanges', erpChanges) as ReturnType<typeof sandboxConfiguration>;
      const main = json.connections['ns-main'];
      if (!main) throw new Error('the profile has ns-main');
      for (const connectionId of ['ns-two', 'ns-three']) json.connections[connectionId] = { ...main, connectionId };
      return json;
    };

    test('is read with what differs in each', () => {
      const own = {
        ...{ accounts: { revenue: '600' }, accountChanges: { revenue: { '2031-06-01': '610' } } },
        taxCodes: { 'GB-STD': 'UK-20' },
        taxRounding: { tax: 'per-line' as const, taxMode: 'half-even' as const },
      };
      const table = [
        { ...change, ...own },
        { ...change, from: '2032-01-01', erpConnectionId: 'ns-three' },
      ];
      expect(parseConfiguration(moving(table)).legalEntities['TL-UK']?.erpChanges).toEqual(table);
    });

    test.each([
      [{}, 'erpChanges must be a list'],
      [[{ ...change, from: '2031-02-30' }], 'erpChanges.1.from must be a date YYYY-MM-DD'],
      [
        [change, { ...change, erpConnectionId: 'ns-three' }],
        'erpChanges.2.from must be later than 2031-03-01, the date of the change before it',
      ],
      [
        [{ ...change, erpConnectionId: 'kt-main' }],
        'erpChanges.1.erpConnectionId names "kt-main", which is no erp connection',
      ],
      [
        [{ ...change, erpConnectionId: 'ns-main' }],
        'erpChanges.1.erpConnectionId names "ns-main" again: an ERP that was left is not come back to',
      ],
      [[{ ...change, taxCodes: { XX: 'X' } }], 'erpChanges.1.taxCodes.XX names no tax profile of the entity'],
      [[{ ...change, accounts: { profit: '1' } }], 'erpChanges.1.accounts.profit is not a setting'],
      [
        [{ ...change, taxRounding: { tax: 'per-line', taxMode: 'half-odd' } }],
        'erpChanges.1.taxRounding.taxMode must be one of half-away-from-zero, half-even, down, up',
      ],
    ])('with %j is refused', (erpChanges, problem) => {
      expect(problemsOf(moving(erpChanges))).toEqual([`legalEntities.TL-UK.${problem}`]);
    });
  });

  test('with a legal entity id of more than 8 characters is refused: keys towards other systems hold it', () => {
    const entity = sandboxConfiguration({ sandboxUrl: 'http://x' }).legalEntities['TL-UK'];
    const json = changed('legalEntities/TL-LONDON', { ...entity, legalEntityId: 'TL-LONDON' });
    expect(problemsOf(json)).toEqual([
      'legalEntities.TL-LONDON is named "TL-LONDON": the name must be up to 8 characters A-Z a-z 0-9 -',
    ]);
  });

  test('that says which person of a PSA has which subject keeps that', () => {
    const people = { '17': 'sam.poe@firm.example' };
    expect(parseConfiguration(changed('connections/kt-main/people', people)).connections['kt-main']?.people).toEqual(
      people,
    );
  });

  test('that lets a machine or an auditor approve is refused', () => {
    const approvers = { activation: ['integration'], invoice: ['fin-approver'] };
    expect(problemsOf(changed('policy/approvers', approvers))).toEqual([
      'policy.approvers.activation must be a list of roles that may approve (all but auditor and integration)',
      'policy.approvers.activation must name at least one role',
    ]);
  });

  test('tells everything that is wrong at once', () => {
    expect(problemsOf({})).toEqual(
      expect.arrayContaining([
        'connections must be an object',
        'legalEntities must be an object',
        'contractTemplates must be a list of contract template names',
        'connections must have at least one CRM connection',
      ]),
    );
    expect(problemsOf(null)).toEqual(expect.arrayContaining(['configuration must be an object']));
  });
});
