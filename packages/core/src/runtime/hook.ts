import { guard, report } from './guard.ts'
import { isThenable } from './observe.ts'

/** Calls a function of the user's whose answer is of no use. It may be an async one, and fail later. */
export function callHook(name: string, call: () => unknown): void {
  guard(
    name,
    () => {
      const answer = call()
      if (isThenable(answer)) answer.then(undefined, (error: unknown) => report(name, error))
    },
    undefined,
  )
}
