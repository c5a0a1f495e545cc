import { diag } from '@opentelemetry/api'

const WRAPPED = Symbol.for('flowstitch.wrapped')
/** The mark that OpenTelemetry's own instrumentations leave. */
const WRAPPED_BY_OTHERS = '__wrapped'

type Method = (this: unknown, ...args: never[]) => unknown
type MethodOf<T, K extends keyof T> = Extract<T[K], Method>

/**
 * Replaces a method of one object, in place: the object stays the caller's own, its class and its other
 * instances stay as they are. A second time is a no-op, also from another copy of this package,
 * and what OpenTelemetry's own instrumentation has wrapped is left to it: nothing is traced twice. `make` gets
 * the method that was there; the new one keeps its name and its number of parameters. Set `beside` where the
 * other instrumentation tells of something else than messages.
 */
export function wrapMethod<T extends object, K extends keyof T & string>(
  object: T,
  name: K,
  make: (original: MethodOf<T, K>) => MethodOf<T, K>,
  { beside = false }: { readonly beside?: boolean } = {},
): void {
  const original = object[name] as MethodOf<T, K> & { [WRAPPED]?: true }
  if (typeof original !== 'function' || original[WRAPPED]) return
  if (!beside && isLeftToOthers(object, name)) return
  const replacement = make(original)
  Object.defineProperties(replacement, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
    [WRAPPED]: { value: true },
  })
  const own = Object.getOwnPropertyDescriptor(object, name)
  Object.defineProperty(object, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  })
}

/** What was told of: methods, and other marks of instrumentations. */
const told = new WeakSet<object>()

/** Whether OpenTelemetry's own instrumentation has wrapped a method; that `what` is left to it is said once. */
export function isLeftToOthers<T extends object, K extends keyof T & string>(
  object: T,
  name: K,
  what: string = name,
): boolean {
  const method = object[name] as MethodOf<T, K> & { readonly [WRAPPED_BY_OTHERS]?: boolean }
  if (!method[WRAPPED_BY_OTHERS]) return false
  leaveToOthers(method, what)
  return true
}

/** Says once that `what` is left to the instrumentation that traces it already: `by` is its mark. */
export function leaveToOthers(by: object, what: string): void {
  if (told.has(by)) return
  told.add(by)
  diag.warn(
    `flowstitch: ${what} is traced by an OpenTelemetry instrumentation already and left to it; ` +
      'turn that instrumentation off to have Flowstitch trace it',
  )
}
