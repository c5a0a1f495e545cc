import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'

/** How long a turn takes, about: nobody waits longer for the background, and an answer takes little longer than that. */
export const TURN_MS = 1
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
  #failure: unknown

  /** @param turn answers whether nothing is left to do; `false` keeps it going */
  constructor(turn: (deadline: number) => boolean, shares: Shares) {
    this.#turn = turn
    this.#shares = shares
    this.#rest(REST_MS)
  }

  /**
   * Works in the foreground until nothing is left or the time is up. Gives way to others.
   * Rejects with what has failed in the background, which has stopped then.
   */
  async catchUp(deadline: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    while (!this.#turn(Math.min(deadline, performance.now() + TURN_MS)) && performance.now() < deadline)
      await setImmediate()
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
    const isDone = this.#tryTurn(began + TURN_MS)
    if (this.#isStopped) return
    this.#worked = performance.now() - began
    this.#last = now
    this.#rest(isDone ? REST_MS : Math.ceil(this.#worked / share - this.#worked))
  }
  #tryTurn(deadline: number): boolean {
    try {
      return this.#turn(deadline)
    } catch (error) {
      this.#failure = error
      this.stop()
      return true
    }
  }
}
