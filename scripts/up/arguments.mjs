// The command line of `npm run up`. Plain JavaScript without imports: help and a mistyped option are answered before
// anything is installed or built.

export const HELP = `npm run up [-- OPTIONS]

Starts Throughline on this machine: a Temporal server with its Web UI, PostgreSQL, simulated CRM, PSA and ERP systems,
the API and the worker; plays four deals from closed won to recognised revenue and stays up until Ctrl-C. The next start
goes on with the same data. The first one installs the packages, builds, and gets a Temporal server: a few minutes.

  --fresh     throw the data away and start over
  --once      play, check the outcome, print a summary and exit with 0 or 1
  --no-demo   start everything and play nothing
  --help      this text

  THROUGHLINE_HOME     data directory (.throughline in the checkout); run.json in it tells where everything runs
  TEMPORAL_ADDRESS     use this Temporal server instead of one of our own (TEMPORAL_UI_ADDRESS: its Web UI)
  DATABASE_URL         use this PostgreSQL database instead of one of our own

Ports: 3400 API, 3500 simulated systems, 7233 Temporal, 8233 its Web UI; where one is taken, the next free one.
Exit code: 1 when something failed, 2 for an unknown option.
`;

const OPTIONS = ['--fresh', '--once', '--no-demo', '--help'];

/** @throws Error that names an unknown option */
export function parseUpArguments(args) {
  const unknown = args.find((arg) => !OPTIONS.includes(arg));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; npm run up -- --help lists the options`);
  const has = (option) => args.includes(option);
  return { fresh: has('--fresh'), once: has('--once'), demo: !has('--no-demo'), help: has('--help') };
}
