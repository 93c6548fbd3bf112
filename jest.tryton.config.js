// jest for `npm run test:tryton`: the same as for `npm test`, but against a real Tryton, which
// test/tryton/global-setup.ts prepares. Every file is run on each series that TRYTON_SERIES names.
import config from './jest.config.js';

const { maxWorkers, testTimeout, coverageProvider, globalSetup, globalTeardown, ...shared } = config;
const series = (process.env.TRYTON_SERIES ?? '8.2').split(',');

export default {
  maxWorkers,
  coverageProvider,
  testTimeout: 240_000, // a start of Tryton takes seconds, and minutes where everything runs at once
  globalSetup: '<rootDir>/test/tryton/global-setup.ts',
  globalTeardown: '<rootDir>/test/tryton/global-teardown.ts',
  projects: series.map((each) => ({
    ...shared,
    displayName: `Tryton ${each}`,
    globals: { trytonSeries: each },
    roots: ['<rootDir>/test/tryton'],
    testPathIgnorePatterns: ['/node_modules/'],
  })),
};
