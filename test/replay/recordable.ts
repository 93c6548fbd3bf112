/**
 * What of a history is kept in the repository: everything that a replay reads, and nothing about the machine that
 * recorded it.
 */

/** A history as JSON. */
export interface RecordedHistory {
  events: {
    eventId: string;
    eventType: string;
    workflowExecutionStartedEventAttributes?: { continuedExecutionRunId?: string };
  }[];
}

/** Where in whose file system code lay, and who ran it: process and host, also in names of sticky queues. */
const ABOUT_THE_MACHINE: Readonly<Record<string, string>> = { identity: 'recorded', stackTrace: '' };
const PROCESS = /\b\d+@[\w.-]+/g;

/** The history without traces of the machine; a replay reads none of them. */
export function recordable(history: RecordedHistory): RecordedHistory {
  return JSON.parse(JSON.stringify(history), (key: string, value: unknown) => {
    return typeof value === 'string' ? (ABOUT_THE_MACHINE[key] ?? value.replace(PROCESS, 'recorded')) : value;
  }) as RecordedHistory;
}
