import { createRequire } from 'node:module'
import { sep } from 'node:path'
import type { Client } from './clients.ts'
import type { PlainOptions } from './settings.ts'
import { attempt } from './warn.ts'

/**
 * Traces the modules as they are loaded, when their code has run and before anybody gets their exports. Both
 * `require` and `import` load CommonJS this way, in every version of Node.
 */
export function hookLoader(clients: readonly Client[], options: PlainOptions): void {
  const byFile = new Map(clients.map((client) => [client.file, client]))
  const { extensions } = createRequire(import.meta.url)
  const load = extensions['.js']
  extensions['.js'] = function (this: unknown, module: NodeModule, filename, ...rest: never[]) {
    const answer: unknown = Reflect.apply(load, this, [module, filename, ...rest])
    const client = byFile.get(fileInPackage(filename))
    if (client) {
      const trace = (): unknown => client.trace(module.exports, options)
      module.exports = attempt(`tracing ${client.file}`, trace, module.exports as unknown)
    }
    return answer
  }
}

const NODE_MODULES = `${sep}node_modules${sep}`

function fileInPackage(filename: string): string {
  const at = filename.lastIndexOf(NODE_MODULES)
  return at < 0 ? '' : filename.slice(at + NODE_MODULES.length).replaceAll(sep, '/')
}
