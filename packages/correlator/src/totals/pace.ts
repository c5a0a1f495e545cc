/** How long a turn takes at most: nobody waits longer for the background. */
export const TURN_MS = 4
/** Share of the core that turns get while others leave little of it, and else. */
const BUSY_SHARE = 0.05
const IDLE_SHARE = 0.5
/** Others are busy from this share of the core on. */
const BUSY = 0.6
/** Between looks while there is nothing to do. */
const REST_MS = 50

/**
 * Work in the background, a turn at a time: half of the core while nobody else wants it, and a twentieth
 * under load.
 */
export class Pace {
  readonly #turn: (deadline: number) => boolean
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = performance.eventLoopUtilization()
  #worked = 0
  #isBusy = false
  #isStopped = false

  /** @param turn answers whether nothing is left to do; `false` keeps it going */
  constructor(turn: (deadline: number) => boolean) {
    this.#turn = turn
    this.#rest(REST_MS)
  }

  /** Whether others want most of the core. */
  get isBusy(): boolean {
    return this.#isBusy
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
    this.#isBusy = active - this.#worked > BUSY * (active + idle)
    const share = this.#isBusy ? BUSY_SHARE : IDLE_SHARE
    const began = performance.now()
    const isDone = this.#turn(began + TURN_MS)
    if (this.#isStopped) return
    this.#worked = performance.now() - began
    this.#last = now
    this.#rest(isDone ? REST_MS : Math.ceil(this.#worked / share - this.#worked))
  }
}
