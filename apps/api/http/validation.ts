/**
 * What comes in is checked against its class; what the class does not have is refused, and each finding names its
 * place.
 */
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Problem, type ProblemItem } from './problem.ts';

/** `isString` -> `IS_STRING`; a property that the class does not have -> `UNKNOWN_PROPERTY`. */
function codeOf(constraint: string): string {
  if (constraint === 'whitelistValidation') return 'UNKNOWN_PROPERTY';
  return constraint.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function itemsOf(errors: readonly ValidationError[], base: string): ProblemItem[] {
  return errors.flatMap((error) => {
    const pointer = `${base}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = Object.entries(error.constraints ?? {});
    const items = own.map(([constraint, message]) => ({ pointer, code: codeOf(constraint), message }));
    return [...items, ...itemsOf(error.children ?? [], pointer)];
  });
}

/** The pipe that every body and query goes through. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false },
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const items = itemsOf(errors, '');
      const detail = items.map(({ message }) => message).join('; ') || 'the request has no content to check';
      return new Problem(400, 'VALIDATION', detail, { errors: items });
    },
  });
}
