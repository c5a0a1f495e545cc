import { setImmediate } from 'node:timers/promises'
import type { LearnedFlow } from '../shape/learned.ts'
import type { LearnerState } from '../shape/learner.ts'
import type { Shape } from '../shape/shape.ts'

/** Flows of one line, so that no step takes long. */
const LINE_FLOWS = 1000

/** A flow as it is written: its shape by number. */
type FlowText = [
  id: string,
  start: string,
  durationMs: number,
  stepCount: number,
  outcome: LearnedFlow['outcome'],
  shape: number,
  lags: readonly number[],
]

/** What was learned as lines of JSON: what is waiting, the shapes, the flows. Gives way to others in between. */
export async function learnedText({ flows, waiting, skipped }: LearnerState): Promise<Buffer> {
  const shapes = new Map<Shape, number>()
  for (const { shape } of flows) if (!shapes.has(shape)) shapes.set(shape, shapes.size)
  const lines = [JSON.stringify({ waiting, skipped }), JSON.stringify([...shapes.keys()])]
  for (let from = 0; from < flows.length; from += LINE_FLOWS) {
    const some = flows.slice(from, from + LINE_FLOWS)
    lines.push(JSON.stringify(some.map((flow) => textOf(flow, shapes.get(flow.shape)!))))
    await setImmediate()
  }
  return Buffer.from(lines.join('\n'))
}

/** Reads what `learnedText` wrote. */
export function learnedFrom(text: string): LearnerState {
  const [first = '', second = '', ...lines] = text.split('\n')
  const shapes = JSON.parse(second) as Shape[]
  const flows = lines.flatMap((line) =>
    (JSON.parse(line) as FlowText[]).map((flow) => flowFrom(flow, shapes)),
  )
  return { ...(JSON.parse(first) as Pick<LearnerState, 'waiting' | 'skipped'>), flows }
}

function textOf({ id, start, durationMs, stepCount, outcome, lags }: LearnedFlow, shape: number): FlowText {
  return [id, start.toString(), durationMs, stepCount, outcome, shape, lags]
}

/** No visit of before the restart counts. */
function flowFrom(text: FlowText, shapes: readonly Shape[]): LearnedFlow {
  const [id, start, durationMs, stepCount, outcome, shape, lags] = text
  return { id, start: BigInt(start), durationMs, stepCount, outcome, shape: shapes[shape]!, lags, visits: 0 }
}
