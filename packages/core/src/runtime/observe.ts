import { report } from './guard.ts'

/** A promise, or what stands for one; reading `then` may do anything. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
  } catch {
    return false
  }
}

/**
 * Calls and watches how it ends; the caller gets what the call gave. A promise comes back as one that settles
 * right behind it: to watch the call's own would make a rejection that nobody handles count as handled, and
 * programs would go on that without us would have stopped. What the watchers throw is nobody's but ours.
 */
export function observe<R>(
  call: () => R,
  onSuccess: (value: Awaited<R>) => void,
  onFailure: (error: unknown) => void = () => {},
): R {
  let result: R
  try {
    result = call()
  } catch (error) {
    tell(onFailure, error)
    throw error
  }
  if (!isThenable(result)) {
    tell(onSuccess, result as Awaited<R>)
    return result
  }
  const watched = result.then(
    (value) => {
      tell(onSuccess, value as Awaited<R>)
      return value
    },
    (error: unknown) => {
      tell(onFailure, error)
      throw error
    },
  )
  return watched as R
}

function tell<T>(watcher: (value: T) => void, value: T): void {
  try {
    watcher(value)
  } catch (error) {
    report('watching a call', error)
  }
}
