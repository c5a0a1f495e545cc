import { attempt } from './warn.ts'

type Instrument = (made: never) => unknown
type Class = NewableFunction & { readonly prototype: object }
type Make = (...args: never[]) => unknown

/** The classes and functions that have one that stands in for them. */
const standIns = new WeakMap<object, object>()

/**
 * A class that is the given one in all respects, but what it constructs is instrumented: before the constructors
 * of subclasses run.
 */
export function constructing<C extends Class>(original: C, instrument: Instrument): C {
  const standIn: C = new Proxy(original, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === standIn ? target : newTarget) as object
      instrumented(made, instrument, original.name)
      return made
    },
    // Classes that are each other's statics, as those of ioredis are.
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      return (typeof value === 'function' && standIns.get(value)) || value
    },
  })
  standIns.set(original, standIn)
  // An instance's constructor is the class that the application knows.
  const { prototype } = original
  if (prototype.constructor === original) {
    Object.defineProperty(prototype, 'constructor', { value: standIn })
  }
  return standIn
}

/** A function that is the given one, but what it answers, now or in a promise, is instrumented. */
export function answering<F extends Make>(original: F, instrument: Instrument): F {
  return new Proxy(original, {
    apply(target, self, args) {
      const made: unknown = Reflect.apply(target, self, args)
      if (made instanceof Promise) return made.then((value) => instrumented(value, instrument, original.name))
      return instrumented(made, instrument, original.name)
    },
  })
}

function instrumented<T>(made: T, instrument: Instrument, name: string): T {
  attempt(`instrumenting what ${name} has made`, () => instrument(made as never), undefined)
  return made
}

/** A module's exports with others in the place of some; a copy, as exports may be read-only. */
export function replacing<E extends object>(exports: E, replacements: Partial<E>): E {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(exports)
  for (const [name, value] of Object.entries(replacements)) {
    const { enumerable } = descriptors[name] ?? {}
    descriptors[name] = { value, enumerable, writable: true, configurable: true }
  }
  return Object.create(Object.getPrototypeOf(exports) as object | null, descriptors) as E
}
