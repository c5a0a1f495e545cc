import { clients } from './clients.ts'
import { hookLoader } from './hook.ts'
import { readSettings } from './settings.ts'

const STARTED = Symbol.for('flowstitch.auto')

/** Hooks the loader, once a process whatever copies of this package there are; answers the adapters at work. */
export function start(environment: NodeJS.ProcessEnv): readonly string[] {
  const known = globalThis as { [STARTED]?: readonly string[] }
  return (known[STARTED] ??= hook(environment))
}

function hook(environment: NodeJS.ProcessEnv): readonly string[] {
  const adapters = [...new Set(clients.map(({ adapter }) => adapter))]
  const { options, disabled } = readSettings(environment, adapters)
  const wanted = clients.filter(({ adapter }) => !disabled.has(adapter))
  hookLoader(wanted, options)
  return adapters.filter((adapter) => !disabled.has(adapter))
}
