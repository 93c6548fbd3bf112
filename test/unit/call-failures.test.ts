/** What a failed call is for the engagement: how sure anybody is of what happened, and the reason in words. */
import {
  ActivityFailure,
  ApplicationFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { failureOf } from '../../workflows/engagement/calls.ts';

function timedOut(last?: Error): ActivityFailure {
  const timeout = new TimeoutFailure('activity ScheduleToClose timeout', null, TimeoutType.SCHEDULE_TO_CLOSE);
  // As the server tells it, and the SDK keeps it.
  if (last) timeout.failure = { cause: new DefaultFailureConverter().errorToFailure(last, defaultPayloadConverter) };
  return new ActivityFailure('failed', 'createPsaProject', '7', RetryState.TIMEOUT, 'worker', timeout);
}

describe('a call that got no answer in time', () => {
  test('says what its last try said, waits as long as that asked for, and its outcome stays unknown', () => {
    const last = ApplicationFailure.create({
      type: 'RATE_LIMIT',
      message: 'kt-main, create project: 503 maintenance until noon',
      details: [{ kind: 'outage', retryAfterMs: 120_000 }],
    });
    expect(failureOf(timedOut(last))).toEqual({
      code: 'TIMEOUT',
      kind: 'unknown',
      message: 'no answer in time (createPsaProject); before: kt-main, create project: 503 maintenance until noon',
      retryAfterMs: 120_000,
    });
  });

  test('has nothing more to say when no try came back', () => {
    const { message } = failureOf(timedOut());
    expect(message).toBe('no answer in time (createPsaProject)');
  });
});

test('a refusal of a system keeps its own code and words', () => {
  const refused = ApplicationFailure.nonRetryable('there is a project of that name', 'CONFLICT', { kind: 'refused' });
  const failed = new ActivityFailure('failed', 'createPsaProject', '7', RetryState.NON_RETRYABLE_FAILURE, 'w', refused);
  expect(failureOf(failed)).toEqual({
    code: 'CONFLICT',
    kind: 'refused',
    message: 'there is a project of that name',
  });
});
