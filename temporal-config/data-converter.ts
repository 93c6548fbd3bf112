/**
 * How payloads are written into histories: client and worker use the same converter. The codec list is where an
 * installation adds encryption; it is wired from the start, and empty, so that adding one changes no code (decisions.md
 * 21).
 */
import type { DataConverter } from '@temporalio/common';

/** The data converter of every client and worker. */
export const dataConverter: DataConverter = { payloadCodecs: [] };
