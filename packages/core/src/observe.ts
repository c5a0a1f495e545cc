function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}

/**
 * Calls and watches how it ends. The caller gets what the call gave, the same promise included, so that
 * neither values nor the timing of promises change.
 */
export function observe<R>(
  call: () => R,
  onSuccess: (value: Awaited<R>) => void,
  onFailure: (error: unknown) => void,
): R {
  let result: R
  try {
    result = call()
  } catch (error) {
    onFailure(error)
    throw error
  }
  if (isThenable(result)) void result.then(onSuccess as (value: unknown) => void, onFailure)
  else onSuccess(result as Awaited<R>)
  return result
}

/** True where `observe` will learn of the end only later. */
export function endsLater(value: unknown): boolean {
  return isThenable(value)
}

/**
 * For callbacks whose answer the client drops: `observe` has taken note of a rejection that nobody else will,
 * so that it would no longer count as unhandled. The promise made here rejects in its stead.
 */
export function surfaceRejection<R>(result: R): R {
  if (isThenable(result)) void result.then()
  return result
}
