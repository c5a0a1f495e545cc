import type { ShapeLearner } from '../shape/learner.ts'
import type { Spans } from '../stitch/spans.ts'
import type { Checkpoints, Store } from '../store/store.ts'
import type { Totals } from '../totals/totals.ts'
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './format.ts'

/** Between two checkpoints at least; they take a small part of the time, however large they are. */
const PAUSE_MS = 60_000
const SHARE = 0.02
const LOOK_MS = 5000

/**
 * What was saved before the start, if that is of any use: the store must not be behind it, and rules and
 * settings must be the same ones.
 */
export function loadCheckpoint(checkpoints: Checkpoints, basis: string): Checkpoint | undefined {
  const bytes = checkpoints.load()
  if (!bytes) return undefined
  const checkpoint = decodeCheckpoint(bytes, basis)
  if (!checkpoint)
    checkpoints.discard('another version or other settings made it: sums are made again from the spans')
  else if (checkpoint.totals.backlog.end > checkpoints.end)
    checkpoints.discard('spans are gone that it counts: sums are made again')
  else return checkpoint
  return undefined
}

/** Saves what was worked out from time to time, and at the end. */
export class Checkpointer {
  readonly #store: Store
  readonly #totals: Totals
  readonly #learner: ShapeLearner<Spans>
  readonly #basis: string
  readonly #timer: ReturnType<typeof setInterval>
  #saving: Promise<void> | undefined
  #saved = ''
  #next = performance.now() + PAUSE_MS

  constructor(
    store: Store,
    { totals, learner, basis }: { totals: Totals; learner: ShapeLearner<Spans>; basis: string },
  ) {
    this.#store = store
    this.#totals = totals
    this.#learner = learner
    this.#basis = basis
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** Saves what has changed since the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#saving
    await this.#save()
  }

  #look(): void {
    if (performance.now() < this.#next) return
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined))
  }

  async #save(): Promise<void> {
    const { checkpoints } = this.#store
    if (!checkpoints) return
    const version = `${checkpoints.end} ${this.#totals.version} ${this.#learner.version}`
    if (version === this.#saved) return
    const began = performance.now()
    const isSaved = await this.#totals.save(async (totals) => {
      const learned = this.#learner.state
      return checkpoints.save(() => encodeCheckpoint({ totals, learned }, this.#basis))
    })
    if (isSaved) this.#saved = version
    this.#next = performance.now() + Math.max(PAUSE_MS, (performance.now() - began) / SHARE)
  }
}
