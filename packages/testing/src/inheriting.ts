/**
 * The same as users with classes have it: nothing of it is the object's own, all is inherited, behind accessors that
 * read what is private to the object. What is undefined, as options that there are none of, stays so.
 */
export function inheriting<T extends object | undefined>(value: T): T {
  if (!value) return value
  class Instance {
    readonly #value: Readonly<Record<string, unknown>> = { ...value }

    static accessor(name: string): PropertyDescriptor & ThisType<Instance> {
      return {
        get() {
          return this.#value[name]
        },
      }
    }
  }
  for (const name of Object.keys(value)) {
    Object.defineProperty(Instance.prototype, name, Instance.accessor(name))
  }
  return new Instance() as unknown as T
}
