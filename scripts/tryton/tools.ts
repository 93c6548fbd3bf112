// The programs of a Tryton, of either series that the adapter speaks: 8.2 from PyPI, and 6.0, which many houses still
// run, from the packages of Debian 12. Both live in the cache and leave the machine's own Python as it is.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { prepareDebian } from './debian.ts';
import { prepareVenv, pythonEnvironment } from './python.ts';
import type { Workshop } from './workshop.ts';

const run = promisify(execFile);

/** The series that can be set up, the one that is set up unless another is asked for first. */
export const SERIES = ['8.2', '6.0'] as const;

export type Series = (typeof SERIES)[number];

/** Programs that have Tryton, and with what environment they are started. */
export interface Tools {
  series: Series;
  python: string;
  trytond: string;
  trytondAdmin: string;
  environment: Record<string, string>;
  /** What was installed, whatever its form: it changes with every version of every package. */
  packages: string;
}

/** Installs Tryton unless it is there. @throws Error with the remedies where it cannot be had */
export function prepareTools(series: Series, workshop: Workshop): Promise<Tools> {
  return series === '6.0' ? prepareDebian(workshop) : prepareVenv(workshop);
}

export interface Versions {
  python: string;
  trytond: string;
}

/** What the tools say of themselves. */
export async function versionsOf({ python, environment }: Tools): Promise<Versions> {
  const question = 'import platform, trytond; print(platform.python_version(), trytond.__version__)';
  const { stdout } = await run(python, ['-c', question], { env: pythonEnvironment(environment) });
  const [version = '', trytond = ''] = stdout.trim().split(' ');
  return { python: version, trytond };
}
