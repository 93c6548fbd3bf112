/** The schema of a problem response in the OpenAPI document. */
import { ApiProperty } from '@nestjs/swagger';

export class ProblemItemView {
  @ApiProperty({ description: 'JSON pointer into the body; query parameters and headers by name', example: '/reason' })
  pointer: string;
  @ApiProperty({ example: 'MIN_LENGTH' })
  code: string;
  @ApiProperty()
  message: string;
}

export class ProblemView {
  @ApiProperty({ format: 'uri', example: 'urn:throughline:problem:approval-stale' })
  type: string;
  @ApiProperty({ description: 'Name of the HTTP status' })
  title: string;
  @ApiProperty({ type: 'integer' })
  status: number;
  @ApiProperty({ description: 'A sentence for people' })
  detail: string;
  @ApiProperty({ description: 'Path of the request' })
  instance: string;
  @ApiProperty({ description: 'Stable code for programs; docs/api.md lists them' })
  code: string;
  @ApiProperty()
  requestId: string;
  @ApiProperty()
  correlationId: string;
  @ApiProperty({ description: 'True when the same request may succeed later' })
  retryable: boolean;
  @ApiProperty({ type: () => [ProblemItemView] })
  errors: ProblemItemView[];
}
