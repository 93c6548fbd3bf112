// Typed lint. Beyond the recommended set: no floating promises anywhere, nothing non-deterministic in the domain and
// in workflow code, no arithmetic on amounts outside domain/money. consistent-type-imports stays off: `import type` of
// a class that Nest injects or validates would switch both off silently. test/unit/architecture.test.ts breaks each
// rule.
import tseslint from 'typescript-eslint';

const restricted = (message, ...names) => names.map((name) => ({ name, message }));

/** What a function of state and arguments cannot need, and what does not exist in the workflow sandbox. */
const outsideWorld = restricted(
  'decided by the outside world: pass it in (domain) or ask an activity (workflows)',
  ...['process', 'fetch', 'require', 'performance', 'Buffer', 'Intl', 'crypto', 'console'],
  ...[
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'structuredClone',
    'WeakRef',
    'FinalizationRegistry',
    'Temporal',
  ],
);
const noRandom = { object: 'Math', property: 'random', message: 'ids and keys are derived, never drawn' };

const noAmountArithmetic = ['left', 'right'].map((side) => ({
  selector:
    'BinaryExpression[operator=/^[-+*\\/%]$/]' +
    `[${side}.type='MemberExpression'][${side}.property.name='amountMinor']`,
  message: 'amounts are added, multiplied and split in domain/money only',
}));
const noAmountAssignment = {
  selector: "AssignmentExpression[operator=/^[-+*\\/%]=$/] MemberExpression[property.name='amountMinor']",
  message: 'amounts are added, multiplied and split in domain/money only',
};
const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'export by name' };

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '.throughline', '**/*.js', '**/*.mjs', '**/*.cjs', 'test/fixtures'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      'no-restricted-syntax': ['error', noDefaultExport, ...noAmountArithmetic, noAmountAssignment],
    },
  },
  {
    files: ['domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...outsideWorld,
        ...restricted('the domain reads no clock: instants and dates come in as arguments', 'Date', 'setTimeout'),
      ],
      'no-restricted-properties': ['error', noRandom],
    },
  },
  {
    files: ['domain/money/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport] },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...outsideWorld, ...restricted('use sleep or condition', 'setTimeout')],
      'no-restricted-properties': [
        'error',
        noRandom,
        { object: 'Date', property: 'parse', message: 'dates are strings of domain/time' },
        { object: 'Date', property: 'UTC', message: 'dates are strings of domain/time' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
