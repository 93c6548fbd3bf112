/**
 * NetSuite's error envelope, built in one place.
 */
import type { JsonObject } from '../core/json.ts';
import { Refusal, type Reply } from '../core/vendor.ts';

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Bad Request',
};

export function errorReply(status: number, code: string, detail: string, path?: string): Reply {
  const error: JsonObject = { detail, 'o:errorCode': code, ...(path === undefined ? {} : { 'o:errorPath': path }) };
  return {
    status,
    body: {
      type: `https://www.rfc-editor.org/rfc/rfc9110.html#section-15.${String(status)[0] === '4' ? '5' : '6'}`,
      title: TITLES[status] ?? 'Internal Server Error',
      status,
      'o:errorDetails': [error],
    },
  };
}

export function refuse(status: number, code: string, detail: string, path?: string): Refusal {
  return new Refusal(code, errorReply(status, code, detail, path));
}

/** A business rule of the account says no. */
export const userError = (detail: string): Refusal =>
  refuse(400, 'USER_ERROR', `Error while accessing a resource. ${detail}`);
export const badReference = (name: string, path: string): Refusal =>
  refuse(400, 'INVALID_KEY_OR_REF', `Invalid ${name} reference key for the subsidiary or record.`, path);
export const noRecord = (): Refusal =>
  refuse(404, 'NONEXISTENT_ID', 'The record instance does not exist. Provide a valid record instance ID.');
