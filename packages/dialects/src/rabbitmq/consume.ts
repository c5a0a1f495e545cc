import { isPromise } from 'node:util/types'
import { observe, type Destination } from '@flowstitch/core'
import type { Source } from './source.ts'

/**
 * Handles a message that the broker has pushed. The span ends with the handler's promise; without one, with the
 * settlement, where one is to come; else when the handler returns. `workOf` tells the promise where the handler's answer
 * is not it. The answer is the handler's.
 */
export function consume<M, R>(
  source: Source<M>,
  message: M,
  destination: Destination,
  handler: () => R,
  workOf: (answer: R) => unknown = itself,
): R {
  const processing = source.start(message, destination, 'consume')
  const delivery = source.deliver(message, destination, processing)
  let answer: R
  try {
    answer = processing.run(handler)
  } catch (error) {
    processing.fail(error)
    throw error
  }
  const work = workOf(answer)
  if (isPromise(work)) {
    const watched = observe(
      () => work,
      () => processing.succeed(),
      (error) => processing.fail(error),
    )
    return work === answer ? (watched as R) : answer
  }
  if (source.channel.deliveries.has(delivery)) delivery.endsWhenSettled = true
  else processing.succeed()
  return answer
}

function itself(answer: unknown): unknown {
  return answer
}
