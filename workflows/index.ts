/** The bundle's entry: the workflows, and nothing else. */
export { engagement } from './engagement/engagement.workflow.ts';
export { connectionJob } from './connection/connection.workflow.ts';
