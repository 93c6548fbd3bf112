// Who may import whom: one rule per row of the table in ARCHITECTURE.md. What a rule does not list is forbidden.
// test/unit/architecture.test.ts breaks every rule on purpose, because rules rot silently.
const npm = (...names) => `node_modules/(${names.join('|')})/`;
const any = (...paths) => paths.join('|');
const anyPackage = 'node_modules/';
const valuesOnly = { dependencyTypesNot: ['type-only'] };

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment:
        'The rules of the business run in the API, the worker and the workflow sandbox alike, so they need nothing.',
      severity: 'error',
      from: { path: '^domain/', pathNot: '^domain/money/' },
      to: { pathNot: '^domain/' },
    },
    {
      name: 'money-imports-big-only',
      comment: 'Exact decimals are the one thing the language lacks; big.js is used in domain/money and nowhere else.',
      severity: 'error',
      from: { path: '^domain/money/' },
      to: { pathNot: any('^domain/', npm('big[.]js', '@types/big[.]js')) },
    },
    {
      name: 'big-in-money-only',
      comment: 'Two places that compute amounts would round twice.',
      severity: 'error',
      from: { pathNot: any('^domain/money/', '^test/', '^bench/') },
      to: { path: npm('big[.]js') },
    },
    {
      name: 'contract-is-only-messages',
      comment: 'The API imports the contract of a workflow; its implementation must not come along.',
      severity: 'error',
      from: { path: '^workflows/[^/]+/contract[.]ts$' },
      to: { pathNot: any('^domain/', npm('@temporalio/workflow', '@temporalio/common')) },
    },
    {
      name: 'workflows-are-deterministic',
      comment: 'Workflow code is replayed in a sandbox: no input, no output, no clock but the one of the engine.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        pathNot: any('^domain/', '^workflows/', '^activities/', npm('@temporalio/workflow', '@temporalio/common')),
      },
    },
    {
      name: 'workflows-know-activities-by-type',
      comment: 'Activities run elsewhere; importing one by value would pull adapters and drivers into the bundle.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', ...valuesOnly },
    },
    {
      name: 'activities-talk-to-ports',
      comment: 'An activity knows capabilities, not vendors; the worker wires concrete adapters and repositories in.',
      severity: 'error',
      from: { path: '^activities/' },
      to: {
        pathNot: any(
          '^(domain|activities|adapters/ports|persistence|workflows)/',
          npm('@temporalio/activity', '@temporalio/common'),
          '^(node:)?[a-z_/]+$',
        ),
      },
    },
    {
      name: 'activities-get-repositories-passed-in',
      comment:
        'Only the types of repositories and contracts: so every activity can be run against a real or a test one.',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: '^(persistence|workflows)/', ...valuesOnly },
    },
    {
      name: 'activities-see-contracts-only',
      comment: 'Of a workflow the messages, of persistence the repositories: rows and implementations stay private.',
      severity: 'error',
      from: { path: '^activities/' },
      to: {
        path: '^(persistence|workflows)/',
        pathNot: any('^persistence/(repositories/|books[.]ts$)', '^workflows/[^/]+/contract[.]ts$'),
      },
    },
    {
      name: 'adapters-know-only-their-vendor',
      comment: 'An adapter translates one vendor; it has no retries, no database and no packages but what Node brings.',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/' },
      to: { pathNot: any('^domain/', '^adapters/(ports|http)/', '^adapters/$1/', '^(node:)?[a-z_/]+$') },
    },
    {
      name: 'persistence-knows-only-the-database',
      comment: 'Books and views outlive engine, frameworks and vendors.',
      severity: 'error',
      from: { path: '^persistence/' },
      to: {
        pathNot: any(
          '^(domain|persistence)/',
          npm('typeorm', 'pg', '@types/pg', 'reflect-metadata'),
          '^(node:)?[a-z_/]+$',
        ),
      },
    },
    {
      name: 'api-holds-no-rule',
      comment:
        'The API validates, authorises and passes on: no adapters, no activities, of workflows the contracts only.',
      severity: 'error',
      from: { path: '^apps/api/' },
      to: {
        path: any('^(adapters|activities|workflows)/', npm('@temporalio/worker', '@temporalio/activity')),
        pathNot: '^workflows/[^/]+/contract[.]ts$',
      },
    },
    {
      name: 'worker-has-no-framework',
      comment: 'The worker is a composition root; a framework would be one more lifecycle to shut down.',
      severity: 'error',
      from: { path: '^apps/worker/' },
      to: { path: npm('@nestjs') },
    },
    {
      name: 'apps-are-apart',
      comment: 'Programs share the domain and persistence, never each other.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'domain-cli-maps-only',
      comment: 'The command line of the engine reads files and calls the rules; zod describes the files.',
      severity: 'error',
      from: { path: '^apps/domain-cli/' },
      to: { pathNot: any('^(domain|apps/domain-cli)/', npm('zod'), '^(node:)?[a-z_/]+$') },
    },
    {
      name: 'foreign-systems-are-foreign',
      comment: 'The sandbox, the fault proxy and the console import nothing of ours, or the tests would prove nothing.',
      severity: 'error',
      from: { path: '^apps/(sandbox|fault-proxy|console)/' },
      to: { pathNot: any('^apps/$1/', anyPackage, '^(node:)?[a-z_/]+$') },
    },
    {
      name: 'temporal-config-knows-only-the-engine',
      comment: 'It is used by tests, scripts and installations alike, and must not pull the application in.',
      severity: 'error',
      from: { path: '^temporal-config/' },
      to: { pathNot: any('^temporal-config/', npm('@temporalio', '@grpc'), '^(node:)?[a-z_/]+$') },
    },
    {
      name: 'nothing-needs-tests-or-scripts',
      comment: 'Tests, benchmarks and scripts may import anything; nothing that is delivered may import them.',
      severity: 'error',
      from: { pathNot: '^(test|bench|scripts)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-circular',
      comment: 'Modules that need each other are one module. Entities may refer to each other by type.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'not-to-unresolvable',
      comment: 'An import that cannot be found works by accident, if at all.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-non-package-json',
      comment: 'A package that is not in package.json comes and goes with those that need it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and is imported by nobody is dead.',
      severity: 'error',
      from: { orphan: true, pathNot: ['[.]d[.]ts$', '[.]test[.]ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json'],
    },
  },
};
