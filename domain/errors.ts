/**
 * The one error that rules throw for an expected refusal: a stable code for programs, a sentence for people, details
 * for both. A broken assumption of the code itself is a plain Error instead: it must surface as a bug, not as a
 * business answer.
 */
export class DomainError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }
}
