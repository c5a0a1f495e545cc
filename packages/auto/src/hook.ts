import Module from 'node:module'
import { sep } from 'node:path'
import type { Client } from './clients.ts'
import type { PlainOptions } from './settings.ts'
import { attempt } from './warn.ts'

const COMPILE = '_compile'
type Compile = (this: NodeModule, source: string, filename: string, ...rest: unknown[]) => unknown

/**
 * Traces the modules as they are loaded, when their code has run and before anybody gets their exports. Every
 * way to load CommonJS comes by here: `require` and `import`, and loaders that have replaced the handlers of
 * extensions, such as tsx.
 */
export function hookLoader(clients: readonly Client[], options: PlainOptions): void {
  const byFile = new Map(clients.map((client) => [client.file, client]))
  const loader = Module.prototype as unknown as { [COMPILE]: Compile }
  const { [COMPILE]: compile } = loader
  loader[COMPILE] = function (source, filename, ...rest) {
    const answer = Reflect.apply(compile, this, [source, filename, ...rest])
    const client = byFile.get(fileInPackage(filename))
    if (client) {
      const trace = (): unknown => client.trace(this.exports, options)
      this.exports = attempt(`tracing ${client.file}`, trace, this.exports as unknown)
    }
    return answer
  }
}

const NODE_MODULES = `${sep}node_modules${sep}`

function fileInPackage(filename: string): string {
  const at = filename.lastIndexOf(NODE_MODULES)
  return at < 0 ? '' : filename.slice(at + NODE_MODULES.length).replaceAll(sep, '/')
}
