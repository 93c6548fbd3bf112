/** All activities of a worker, made from its dependencies. The names are the calls of domain/engagement/sagas.ts. */
import { createActivationActivities } from './activation.activities.ts';
import { createBillingActivities } from './billing.activities.ts';
import { createCompletionActivities } from './completion.activities.ts';
import { createCrmActivities } from './crm.activities.ts';
import type { Dependencies } from './dependencies.ts';
import { createErpActivities } from './erp.activities.ts';
import { createErpMoveActivities } from './erp-move.activities.ts';
import { createInboxActivities } from './inbox.activities.ts';
import { createProjectionActivities } from './projection.activities.ts';
import { createPsaActivities } from './psa.activities.ts';
import { createRevenueActivities } from './revenue.activities.ts';

export type { Dependencies } from './dependencies.ts';

/** The activity map. */
export function createActivities(dependencies: Dependencies) {
  return {
    ...createCrmActivities(dependencies),
    ...createPsaActivities(dependencies),
    ...createErpActivities(dependencies),
    ...createErpMoveActivities(dependencies),
    ...createActivationActivities(dependencies),
    ...createInboxActivities(dependencies),
    ...createProjectionActivities(dependencies),
    ...createBillingActivities(dependencies),
    ...createRevenueActivities(dependencies),
    ...createCompletionActivities(dependencies),
  };
}

/** The activity map's type: what workflows call. */
export type Activities = ReturnType<typeof createActivities>;
