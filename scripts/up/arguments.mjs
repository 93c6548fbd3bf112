// The command line of `npm run up`. Plain JavaScript without imports: help and a mistyped option are answered before
// anything is installed or built.

/** What plays the systems around Throughline. */
export const PROFILES = ['sandbox', 'tryton'];

export const HELP = `npm run up [-- OPTIONS]

Starts Throughline on this machine: a Temporal server with its Web UI, PostgreSQL, simulated CRM, PSA and ERP systems,
the API and the worker; plays four deals from closed won to recognised revenue and stays up until Ctrl-C. The next start
goes on with the same data. The first one installs the packages, builds, and gets a Temporal server: a few minutes.

  --profile sandbox   simulated CRM, PSA and ERP (the default)
  --profile tryton    simulated CRM; PSA and ERP are Tryton, a real one, which is set up first (docs/tryton.md): Python
                      3.10 or newer is needed, and two minutes more the first time; three deals, data of its own
  --fresh             throw the data of the profile away and start over
  --once              play, check the outcome, print a summary and exit with 0 or 1
  --no-demo           start everything and play nothing
  --help              this text

  THROUGHLINE_HOME     data directory (.throughline in the checkout); run.json in it tells where everything runs
  TEMPORAL_ADDRESS     use this Temporal server instead of one of our own (TEMPORAL_UI_ADDRESS: its Web UI)
  DATABASE_URL         use this PostgreSQL database instead of one of our own

Ports: 3400 API, 3500 simulated systems, 3600 Tryton, 7233 Temporal, 8233 its Web UI; a taken one: the next free.
Exit code: 1 when something failed, 2 for an unknown option.
`;

const OPTIONS = ['--fresh', '--once', '--no-demo', '--help'];

/** @throws Error that names an unknown option or profile */
export function parseUpArguments(args) {
  const at = args.indexOf('--profile');
  const profile = at === -1 ? 'sandbox' : args[at + 1];
  if (!PROFILES.includes(profile)) {
    const named = profile === undefined ? '--profile needs a name' : `unknown profile ${profile}`;
    throw new Error(`${named}: ${PROFILES.join(' or ')}; npm run up -- --help tells what they are`);
  }
  const rest = at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 2)];
  const unknown = rest.find((arg) => !OPTIONS.includes(arg));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; npm run up -- --help lists the options`);
  const has = (option) => rest.includes(option);
  return { profile, fresh: has('--fresh'), once: has('--once'), demo: !has('--no-demo'), help: has('--help') };
}
