/** Starts a server in this process: see `ServerSettings` for what it takes, `RunningServer` for what it gives. */
export { startServer } from './server.ts'

/** A listener that could not start; the message names the flag that would change its address. */
export { ListenError } from './listen-error.ts'

/** A setting that no server can start with; `setting` is the flag's name. */
export { SettingsError } from './settings.ts'

/** The API of a running server, typed. Calls reject with a `ClientError`. */
export { createClient } from './client.ts'

/** A call that gave no answer; `code` says why. */
export { ClientError } from './client.ts'

/** Draws a flow as a tree of text, ending with a newline: what `flowstitch flow` prints. */
export { renderFlow } from './terminal/render-flow.ts'

export type { Client, ClientErrorCode, FlowFilters, ShapeFilters } from './client.ts'
export type { RunningServer } from './server.ts'
export type { ServerSettings } from './settings.ts'
export type { RenderOptions } from './terminal/render-flow.ts'
