/**
 * `npm run token`: issues and revokes bearer tokens. A token is printed once; the database keeps its hash only. Roles
 * that must not meet in one person are refused (operations.md, section 5).
 */
import { parseArgs } from 'node:util';
import { ROLES } from '../../domain/actor.ts';
import { createBooks } from '../../persistence/books.ts';
import { connectDataSource } from '../../persistence/data-source.ts';
import { type Grant, grantToken } from './access/grant.ts';

const HELP = `Issues a bearer token, or revokes one. DATABASE_URL names the database.

  npm run token -- --subject jane.doe --role ops [--role ...] [--entity TL-UK ...] [--days 90]
  npm run token -- --revoke < file-with-the-token

  --subject   who it stands for; one person has one subject
  --role      one of ${ROLES.join(', ')}
  --entity    legal entity that the person acts for; all when left out
  --days      how long it is valid; for ever when left out
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      revoke: { type: 'boolean', default: false },
      subject: { type: 'string' },
      role: { type: 'string', multiple: true, default: [] },
      entity: { type: 'string', multiple: true, default: [] },
      days: { type: 'string' },
    },
  });
  if (values.help) return console.log(HELP);
  const grant = values.revoke ? undefined : grantOf(values);
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set; see --help');
  const dataSource = await connectDataSource(url);
  try {
    const books = createBooks(dataSource);
    if (grant) return console.log(await grantToken(books, grant));
    await books.tokens.revoke(await givenToken());
    console.log('revoked: the next request with it is refused');
  } finally {
    await dataSource.destroy();
  }
}

/** From standard input, because arguments are seen by everyone on the machine. */
async function givenToken(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8').trim();
}

function grantOf(values: { subject?: string; role: string[]; entity: string[]; days?: string }): Grant {
  const { subject, role: roles, entity, days } = values;
  if (!subject || !/^[A-Za-z0-9._@-]{1,100}$/.test(subject)) {
    throw new Error('--subject needs 1 to 100 characters from A-Z a-z 0-9 . _ @ -');
  }
  if (roles.length === 0) throw new Error('--role is needed at least once');
  const validDays = days === undefined ? undefined : Number(days);
  if (validDays !== undefined && !(validDays > 0)) throw new Error('--days is a number of days');
  const expiry = validDays === undefined ? {} : { expiresAt: new Date(Date.now() + validDays * 86_400_000) };
  return { subject, roles, legalEntities: entity.length === 0 ? ['*'] : entity, ...expiry };
}

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
