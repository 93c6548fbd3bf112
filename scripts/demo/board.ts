// Prints the board: what the books say after the demo, one line per measure.

/** A measure of the board: `GET /v1/board` answers a list of them. */
export interface Measure {
  name: string;
  value: string;
  /** What the value was computed from. */
  basis?: string;
}

/** Prints the measures in two columns. */
export function printBoard(board: { measures: Measure[] }, print: (line: string) => void): void {
  const width = Math.max(...board.measures.map(({ name }) => name.length));
  print('');
  print('Board, read from the books');
  for (const { name, value, basis } of board.measures) {
    print(`  ${name.padEnd(width)}  ${value}${basis === undefined ? '' : `  (${basis})`}`);
  }
}
