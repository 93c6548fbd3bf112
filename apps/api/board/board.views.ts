/** The board in the OpenAPI document. */
import { ApiProperty } from '@nestjs/swagger';

export class FigureView {
  @ApiProperty({ description: 'What the figure is, e.g. invoiced' })
  name: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Minor units, minutes or hours, as a string; null = no case yet',
  })
  value: string | null;
  @ApiProperty({ description: 'ISO 4217 code for money, else minutes, hours or count' })
  unit: string;
}

export class MeasureView {
  @ApiProperty({ example: 'cash' })
  key: string;
  @ApiProperty({ example: 'Cash collected' })
  name: string;
  @ApiProperty({ description: 'For people' })
  value: string;
  @ApiProperty({ description: 'What the value was computed from' })
  basis: string;
  @ApiProperty({ type: [FigureView], description: 'For programs' })
  figures: FigureView[];
}

export class BoardView {
  @ApiProperty({ type: [MeasureView] })
  measures: MeasureView[];
}
