import type { Paint } from './style.ts'
import { fit, fitRight, piece, widthOf } from './text.ts'
import type { Piece } from './text.ts'

/** A column of a table. */
export interface Column<Row> {
  title: string
  cell: (row: Row) => Piece
  align?: 'left' | 'right'
  /** Cut where the terminal is too narrow; the others keep their width. */
  flexible?: boolean
}

const GAP = 2
const MIN_FLEXIBLE = 8

/** Rows in aligned columns under their titles, no wider than `width` as far as flexible columns can give. */
export function renderTable<Row>(rows: Row[], columns: Column<Row>[], width: number, paint: Paint): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  const widths = columnWidths(cells, columns, width)
  const line = (pieces: Piece[]): string =>
    columns
      .map(({ align }, at) => (align === 'right' ? fitRight : fit)([pieces[at]!], widths[at]!, paint))
      .join(' '.repeat(GAP))
      .trimEnd()
  return [line(columns.map(({ title }) => piece(title, 'faint'))), ...cells.map(line)].join('\n')
}

function columnWidths<Row>(cells: Piece[][], columns: Column<Row>[], width: number): number[] {
  const natural = columns.map(({ title }, at) =>
    cells.reduce((most, row) => Math.max(most, widthOf([row[at]!])), title.length),
  )
  let excess = natural.reduce((sum, each) => sum + each, GAP * (columns.length - 1)) - width
  return natural.map((each, at) => {
    if (excess <= 0 || !columns[at]!.flexible) return each
    const given = Math.min(excess, Math.max(0, each - MIN_FLEXIBLE))
    excess -= given
    return each - given
  })
}
