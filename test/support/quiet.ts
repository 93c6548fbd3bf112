// A logger for workers in tests, whose failures are the point and need not be printed.
import type { Logger } from '@temporalio/worker';

const nothing = (): void => undefined;

export const quietLogger: Logger = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
