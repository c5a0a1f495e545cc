function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}

/**
 * Calls and watches how it ends; the caller gets what the call gave. A promise comes back as one that settles
 * right behind it: to watch the call's own would make a rejection that nobody handles count as handled, and
 * programs would go on that without us would have stopped.
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
    onFailure(error)
    throw error
  }
  if (!isThenable(result)) {
    onSuccess(result as Awaited<R>)
    return result
  }
  const watched = result.then(
    (value) => {
      onSuccess(value as Awaited<R>)
      return value
    },
    (error: unknown) => {
      onFailure(error)
      throw error
    },
  )
  return watched as R
}
