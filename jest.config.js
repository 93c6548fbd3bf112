// jest in ESM mode with swc: `scripts/test.mjs` sets NODE_OPTIONS=--experimental-vm-modules and TZ=UTC. The options of
// swc repeat those of tsconfig.json that change what decorators and class fields mean.
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // A real ERP takes its time: `npm run test:tryton`, with jest.tryton.config.js.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/tryton/'],
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // One more than two cores: tests of workflows wait for time-outs and probes half of their time.
  maxWorkers: 3,
  testTimeout: 90_000,
  coverageProvider: 'v8',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
