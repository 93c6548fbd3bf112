/**
 * Under which names Nest hands out what is not a class: the installation's configuration, the environment, the log, the
 * version.
 */

/** Configuration of the installation. */
export const CONFIGURATION = Symbol('configuration');

/** Environment variables; secrets are read from here when they are needed. */
export const ENVIRONMENT = Symbol('environment');

/** Version of the release. */
export const VERSION = Symbol('version');

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;
