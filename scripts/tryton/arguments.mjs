// The command line of `npm run tryton`. Plain JavaScript without imports: help and a mistyped option are answered
// before anything is installed or built.

export const HELP = `npm run tryton [-- OPTIONS]

Starts Tryton on this machine, a real ERP to develop and test against: two companies with accounts, taxes, fiscal
years, products and employees, and a technical user for Throughline with the rights it needs and no other. Stays up
until Ctrl-C; the next start goes on with the same data. The first one installs Tryton from PyPI into a virtual
environment of its own and sets it up: two to three minutes, then seconds.

  --series 6.0   Tryton 6.0 from the packages of Debian 12, which are unpacked and not installed, instead of 8.2; its
                 data are kept apart
  --fresh        throw the data away and start over
  --once         set up, prove it by a login and a read in each company, and exit with 0 or 1
  --help         this text

  THROUGHLINE_HOME     data directory (.throughline in the checkout); tryton/tryton.json in it has addresses and secrets
                       (tryton-6.0/tryton.json for series 6.0)
  DATABASE_URL         use this PostgreSQL server, with a database of its own, instead of one of our own
  THROUGHLINE_PYTHON   use this Python 3.10 or newer instead of one on the PATH

Port: 3600; where it is taken, the next free one.
Exit code: 0 after Ctrl-C or a proof that held, 1 when something failed, 2 for an unknown option.
`;

const OPTIONS = ['--fresh', '--once', '--help'];
const SERIES = ['8.2', '6.0'];

/** @throws Error that names an unknown option or series */
export function parseTrytonArguments(args) {
  const rest = [...args];
  const series = seriesFrom(rest);
  const unknown = rest.find((arg) => !OPTIONS.includes(arg));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; npm run tryton -- --help lists the options`);
  const has = (option) => rest.includes(option);
  return { series, fresh: has('--fresh'), once: has('--once'), help: has('--help') };
}

/** Takes `--series S` or `--series=S` out of the arguments. */
function seriesFrom(args) {
  const at = args.findIndex((arg) => /^--series(=|$)/.test(arg));
  if (at < 0) return SERIES[0];
  const isApart = args[at] === '--series';
  const value = isApart ? args[at + 1] : args[at].slice('--series='.length);
  args.splice(at, isApart ? 2 : 1);
  if (SERIES.includes(value)) return value;
  throw new Error(`--series is one of ${SERIES.join(', ')}, not ${value ?? 'nothing'}`);
}
