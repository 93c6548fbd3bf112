/** Where adapters say that a system answered something they do not know and took the careful meaning of. */

/** Takes one warning: a sentence and the values it is about. */
export type Warn = (message: string, details: Record<string, string>) => void;

/** One JSON line on standard error, where the worker's log is collected. */
export const warnOnStderr: Warn = (message, details) => {
  process.stderr.write(`${JSON.stringify({ level: 'warn', message, ...details })}\n`);
};
