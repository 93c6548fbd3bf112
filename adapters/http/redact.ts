/**
 * Takes secrets and bulk out of text that goes into errors and logs. Vendors echo what they were sent, so their words
 * are no safer than ours.
 */

const LENGTH_MAX = 300;
const SECRETS: [RegExp, string][] = [
  [/\b(Bearer|Basic|Session)\s+[\w.~+/=!-]+/gi, '$1 [redacted]'],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '[redacted]'],
  [/-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g, '[redacted]'],
  [
    /((?:access_token|client_secret|client_assertion|assertion|password|token)"?\s*[=:]\s*"?)[^"&\s,}]+/gi,
    '$1[redacted]',
  ],
];

/** The text without tokens, keys and passwords, on one line of at most 300 characters. */
export function redact(text: string): string {
  const clean = SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
  const line = clean.replace(/\s+/g, ' ').trim();
  return line.length > LENGTH_MAX ? `${line.slice(0, LENGTH_MAX - 3)}...` : line;
}
