/**
 * Which project carries which key of ours. The vendor cannot be asked for a key, only for the references of a kind in
 * order of creation, so the ones seen are remembered and only newer ones are asked for.
 */
import { stepBack } from '../http/watermark.ts';
import type { CallContext } from '../ports/context.ts';
import type { KantataClient } from './client.ts';
import { SERVICE_NAME, type WireReference } from './wire.ts';

/** Finds project ids by key. */
export interface ProjectIndex {
  /** All projects that carry the key now, oldest reference first; more than one means that a create ran twice. */
  find(key: string, context: CallContext): Promise<string[]>;
}

export function createProjectIndex(client: KantataClient): ProjectIndex {
  const seen = new Map<string, WireReference>();
  let newest: string | undefined;
  return {
    async find(key, context) {
      const query = { subject_type: 'Workspace', order: 'created_at:asc' };
      const since: Record<string, string> = newest === undefined ? {} : { created_after: stepBack(newest) };
      const { records } = await client.all<WireReference>('external_references', { ...query, ...since }, context);
      for (const reference of records) {
        if (reference.service_name !== SERVICE_NAME || reference.service_model !== 'project') continue;
        seen.set(reference.id, reference);
        if (newest === undefined || reference.created_at > newest) newest = reference.created_at;
      }
      const found = [...seen.values()].filter((reference) => reference.service_model_ref === key);
      return found.sort((a, b) => (a.created_at < b.created_at ? -1 : 1)).map((reference) => reference.subject_id);
    },
  };
}
