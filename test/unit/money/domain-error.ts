/**
 * What a rule refused with: the code of the DomainError that a call throws, so that tests read as "this is refused as
 * X".
 */
import { DomainError } from '../../../domain/errors.ts';

/**
 * The code of the DomainError that the call throws; 'nothing refused' when it throws none. Other errors are bugs and
 * pass.
 */
export function code(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'nothing refused';
}
