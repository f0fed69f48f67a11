/** A value of a cell; a number and an amount are written as they are. */
export type Cell = string | number | null;

/**
 * One line of CSV as RFC 4180 has it. A text that a spreadsheet would take for a formula is written with an apostrophe
 * before it, which makes it a text there too; a number such as `-5.00` is none.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(writeCell).join(',')}\r\n`;
}

function writeCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const isFormula = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell);
  const text = isFormula ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || isFormula ? `"${text.replaceAll('"', '""')}"` : text;
}
