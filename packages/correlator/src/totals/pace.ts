import { performance } from 'node:perf_hooks'

/** How long a turn takes at most: nobody waits longer for the background. */
export const TURN_MS = 4
/** Share of the core that turns get while others leave little of it, and else. */
export interface Shares {
  busy: number
  idle: number
}
/** Others are busy from this share of the core on. */
const BUSY = 0.6
/** Between looks while there is nothing to do. */
const REST_MS = 50

/** Work in the background, a turn at a time: more of the core while nobody else wants it, and less under load. */
export class Pace {
  readonly #turn: (deadline: number) => boolean
  readonly #shares: Shares
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = performance.eventLoopUtilization()
  #worked = 0
  #isStopped = false

  /** @param turn answers whether nothing is left to do; `false` keeps it going */
  constructor(turn: (deadline: number) => boolean, shares: Shares) {
    this.#turn = turn
    this.#shares = shares
    this.#rest(REST_MS)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #rest(ms: number): void {
    this.#timer = setTimeout(() => this.#work(), ms).unref()
  }

  #work(): void {
    const now = performance.eventLoopUtilization()
    const { active, idle } = performance.eventLoopUtilization(now, this.#last)
    const isBusy = active - this.#worked > BUSY * (active + idle)
    const share = isBusy ? this.#shares.busy : this.#shares.idle
    const began = performance.now()
    const isDone = this.#turn(began + TURN_MS)
    if (this.#isStopped) return
    this.#worked = performance.now() - began
    this.#last = now
    this.#rest(isDone ? REST_MS : Math.ceil(this.#worked / share - this.#worked))
  }
}
