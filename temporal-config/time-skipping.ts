// Lets every workflow that a connection starts skip time on its own, without a change in application code. For tests
// where nobody is waited for; what people must see on the way is started plainly and moved with advance.ts.
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import proto from '@temporalio/proto';

const { StartWorkflowExecutionRequest, SignalWithStartWorkflowExecutionRequest, ExecuteMultiOperationRequest } =
  proto.temporal.api.workflowservice.v1;

const timeSkippingConfig = { enabled: true };

/**
 * For `Connection.connect({ interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), skipTime()] })`.
 * Interceptors see the encoded request; in protobuf, bytes appended to a message are merged into it.
 */
export function skipTime(): Interceptor {
  const appended = new Map([
    ['StartWorkflowExecution', StartWorkflowExecutionRequest.encode({ timeSkippingConfig }).finish()],
    [
      'SignalWithStartWorkflowExecution',
      SignalWithStartWorkflowExecutionRequest.encode({ timeSkippingConfig }).finish(),
    ],
  ]);
  return (options, nextCall) => {
    const method = options.method_definition.path.split('/').pop() ?? '';
    const extra = appended.get(method);
    return new InterceptingCall(nextCall(options), {
      sendMessage(message: Uint8Array, next) {
        if (extra) next(Buffer.concat([message, extra]));
        else if (method === 'ExecuteMultiOperation') next(withSkippingStarts(message));
        else next(message);
      },
    });
  };
}

/** Update-with-start carries its start inside a list, where appended bytes would be a new entry. */
function withSkippingStarts(message: Uint8Array): Buffer {
  const request = ExecuteMultiOperationRequest.decode(message);
  for (const operation of request.operations) {
    if (operation.startWorkflow) operation.startWorkflow.timeSkippingConfig = timeSkippingConfig;
  }
  return Buffer.from(ExecuteMultiOperationRequest.encode(request).finish());
}
