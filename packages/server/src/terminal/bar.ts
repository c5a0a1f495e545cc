import type { Look, Paint } from './style.ts'

/** A stretch of a flow's time. */
export interface Span {
  fromUnixNano: bigint
  toUnixNano: bigint
}

/** Draws a stretch of time to scale in `width` columns; whatever took time at all gets a column. */
export function drawBar(
  bar: Span,
  whole: Span,
  width: number,
  mark: { char: string; look: Look },
  paint: Paint,
): string {
  const total = whole.toUnixNano - whole.fromUnixNano
  if (total <= 0n) return ''
  const column = (time: bigint): number => (Number(time - whole.fromUnixNano) / Number(total)) * width
  const from = clamp(Math.floor(column(bar.fromUnixNano)), 0, width - 1)
  const to = clamp(Math.round(column(bar.toUnixNano)), from + 1, width)
  return ' '.repeat(from) + paint(mark.look, mark.char.repeat(to - from))
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
