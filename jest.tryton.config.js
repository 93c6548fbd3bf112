// jest for `npm run test:tryton`: the same as for `npm test`, but against a real Tryton, which
// test/tryton/global-setup.ts prepares.
import config from './jest.config.js';

export default {
  ...config,
  roots: ['<rootDir>/test/tryton'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/tryton/global-setup.ts',
  globalTeardown: '<rootDir>/test/tryton/global-teardown.ts',
  testTimeout: 240_000, // a start of Tryton takes seconds, and minutes where everything runs at once
};
