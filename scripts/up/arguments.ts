// The command line of `npm run up`.
import { parseArgs } from 'node:util';

export const HELP = `npm run up [-- OPTIONS]

Starts Throughline on this machine: a Temporal server with its Web UI, PostgreSQL, simulated CRM, PSA and ERP systems,
the API and the worker; plays three engagements and stays up until Ctrl-C. The next start goes on with the same data.

  --fresh     throw the data away and start over
  --once      play, check the outcome, print a summary and exit with 0 or 1
  --no-demo   start everything and play nothing
  --help      this text

  THROUGHLINE_HOME     data directory (.throughline in the checkout); run.json in it tells where everything runs
  TEMPORAL_ADDRESS     use this Temporal server instead of one of our own (TEMPORAL_UI_ADDRESS: its Web UI)
  DATABASE_URL         use this PostgreSQL database instead of one of our own
`;

export interface UpArguments {
  fresh: boolean;
  once: boolean;
  demo: boolean;
  help: boolean;
}

/** @throws Error that names an unknown option */
export function parseUpArguments(args: string[]): UpArguments {
  const flag = { type: 'boolean', default: false } as const;
  const options = { fresh: flag, once: flag, 'no-demo': flag, help: flag };
  try {
    const { values } = parseArgs({ args, options, strict: true });
    return { fresh: values.fresh, once: values.once, demo: !values['no-demo'], help: values.help };
  } catch (error) {
    throw new Error(`${(error as Error).message}; npm run up -- --help lists the options`, { cause: error });
  }
}
