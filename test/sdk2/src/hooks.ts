// Preloaded with `--import`: the whole process then has the OpenTelemetry packages that this folder has installed,
// in place of those at the root, whoever imports them.
import { readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'

const installed = new URL('../node_modules/@opentelemetry/', import.meta.url)
const replaced = new Set(readdirSync(installed))
const atRoot = new URL('../../../node_modules/@opentelemetry/', import.meta.url).href

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const [name = ''] = found.url.startsWith(atRoot) ? found.url.slice(atRoot.length).split('/') : []
    return replaced.has(name)
      ? next(`@opentelemetry/${name}`, { ...context, parentURL: import.meta.url })
      : found
  },
})
