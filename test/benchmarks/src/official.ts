interface ModuleFile {
  readonly name: string
  patch(exports: unknown): unknown
}

interface ModuleDefinition extends ModuleFile {
  readonly files: readonly ModuleFile[]
}

function definitionsOf(instrumentation: object): ModuleDefinition[] {
  const { init } = instrumentation as unknown as { init(): ModuleDefinition | ModuleDefinition[] }
  return [init.call(instrumentation)].flat()
}

/** Applies an instrumentation's patch to a module at once, without the hook of the module loader. */
export function patchModule(instrumentation: object, exports: unknown): void {
  for (const definition of definitionsOf(instrumentation)) definition.patch(exports)
}

/** The same for one file of a package. */
export function patchFile(instrumentation: object, file: string, exports: unknown): void {
  const files = definitionsOf(instrumentation).flatMap((definition) => definition.files)
  const found = files.find(({ name }) => name.endsWith(file))
  if (!found)
    throw new Error(`the instrumentation patches no ${file}, but ${files.map(({ name }) => name).join(', ')}`)
  found.patch(exports)
}
