/**
 * How the sandbox tests talk to it: plain fetch with each vendor's authentication, nothing of Throughline.
 */
import type { JournalRow } from '../../apps/sandbox/core/journal.ts';
import type { Sandbox } from '../../apps/sandbox/sandbox.ts';

type Fields = Record<string, string>;

/** What the tests read out of bodies, of any vendor; what is expected of the rest is said in the assertions. */
export interface Body {
  access_token: string;
  error: string;
  id: string;
  SystemModstamp: string;
  lastModifiedDate: string;
  'o:errorDetails': { detail: string }[];
  totalSize: number;
  done: boolean;
  nextRecordsUrl: string;
  records: Fields[];
  compositeResponse: object[];
  count: number;
  results: { id: string }[];
  workspaces: Record<string, object>;
  stories: Record<string, Fields>;
  time_entries: Record<string, Fields>;
  expenses: Record<string, object>;
  staffing_demands: Record<string, object>;
  external_references: Record<string, Fields>;
  items: Fields[];
  rows: JournalRow[];
  objects: { id: string; object: object }[];
  faults: object[];
  result: {
    ids: string[];
    state: string;
    SystemModstamp: string;
    dealId: string;
    invoice: object;
    creditMemoId: string;
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Wish {
  method?: string;
  body?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** One call; the body parsed, an empty object when there is none. */
export async function call(url: string, wish: Wish = {}): Promise<Answer> {
  const body = wish.form === undefined ? JSON.stringify(wish.body) : new URLSearchParams(wish.form).toString();
  const type = wish.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const response = await fetch(url, {
    method: wish.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...wish.headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(wish.timeoutMs ?? 5_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text === '' ? '{}' : text) as Body };
}

export const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT that is well formed but signed with nothing, enough where no public key is configured. */
export function assertion(header: object, claims: object): string {
  const exp = Math.floor(Date.now() / 1000) + 300;
  return `${base64url({ alg: 'PS256', ...header })}.${base64url({ exp, ...claims })}.c2lnbmF0dXJl`;
}

export async function salesforceToken({ url, credentials }: Sandbox): Promise<Record<string, string>> {
  const { clientId, clientSecret } = credentials.salesforce;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { body } = await call(`${url}/salesforce/services/oauth2/token`, { form });
  return { authorization: `Bearer ${body.access_token}` };
}

export async function netsuiteToken({ url, credentials }: Sandbox): Promise<Record<string, string>> {
  const tokenUrl = `${url}/netsuite/services/rest/auth/oauth2/v1/token`;
  const { clientId, certificateId } = credentials.netsuite;
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion({ kid: certificateId }, { iss: clientId, aud: tokenUrl, scope: ['rest_webservices'] }),
  };
  const { body } = await call(tokenUrl, { form });
  return { authorization: `Bearer ${body.access_token}` };
}

/** The three vendors and the control paths of one sandbox, each with its authentication. */
export async function clientsOf(sandbox: Sandbox) {
  const at =
    (prefix: string, headers: Record<string, string>) =>
    (path: string, wish: Wish = {}) =>
      call(`${sandbox.url}${prefix}${path}`, { ...wish, headers: { ...headers, ...wish.headers } });
  const control = at('/_sandbox', {});
  return {
    salesforce: at('/salesforce/services/data/v67.0', await salesforceToken(sandbox)),
    kantata: at('/kantata/api/v1', { authorization: `Bearer ${sandbox.credentials.kantata.token}` }),
    netsuite: at('/netsuite/services/rest', await netsuiteToken(sandbox)),
    control,
    act: async (action: string, fields: object = {}) =>
      (await control('/actions', { body: { action, ...fields } })).body,
    fault: async (fault: object) => (await control('/faults', { body: fault })).body.id,
    journal: async (since = 0) => (await control(`/journal?since=${since}`)).body.rows,
  };
}

/** Ids of the records in Kantata's envelope, in the order of the answer. */
export const idsOf = ({ body }: Answer): string[] => body.results.map(({ id }) => id);

/** Id of the only or first record in Kantata's envelope. */
export const idOf = (answer: Answer): string => idsOf(answer)[0] ?? '';

export type Clients = Awaited<ReturnType<typeof clientsOf>>;
