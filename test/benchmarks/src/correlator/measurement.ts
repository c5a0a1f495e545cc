import type { Row } from './row.ts'

/** How much is measured: `full` takes as long as it needs, otherwise a minute or so is all there is. */
export interface Extent {
  readonly full: boolean
  readonly log: (line: string) => void
}

/** Some rows that are measured together. */
export type Measurement = (extent: Extent) => Promise<Row[]>
