/**
 * What the parts of the ERP port share: the calls, the look-ups and the order of writes of one connection.
 */
import type { Warn } from '../http/warn.ts';
import type { TrytonClient } from './client.ts';
import type { Directory } from './directory.ts';
import type { Writes } from './once.ts';

/** What the parts of the port share. */
export interface Books {
  connectionId: string;
  /** The user that documents of ours are made by. */
  login: string;
  client: TrytonClient;
  directory: Directory;
  writes: Writes;
  warn: Warn;
}
