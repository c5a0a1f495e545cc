import { isLoopback } from './loopback.ts'

/** What `startServer` takes. Ports may be 0: any free one. */
export interface ServerSettings {
  /** Folder of the store. */
  data?: string
  /** Keep spans in memory alone; `data` is not touched then. */
  memory?: boolean
  /** Address to listen on. Anything but loopback needs a token. */
  host?: string
  otlpHttpPort?: number
  otlpGrpcPort?: number
  /** Port of the viewer and the API. */
  port?: number
  /** When given, every call carries it as `Authorization: Bearer`. */
  token?: string
  /** How long spans are kept, in milliseconds. */
  retentionMs?: number
  /** How large the store may grow, in bytes; the oldest spans go first. */
  maxDiskBytes?: number
  /** Attributes whose value says which message is meant, where messages carry no context: `order.id`. */
  keys?: readonly string[]
  /** Where the server says what its operator should know, a line at a time. */
  log?: (line: string) => void
}

/** Settings with nothing left open but the token. */
export type CompleteSettings = Required<Omit<ServerSettings, 'token'>> & { token?: string }

const DAY_MS = 86_400_000

/** The contract's defaults: flag and environment fall back to these. */
export const defaults: Omit<CompleteSettings, 'token' | 'log'> = {
  data: './flowstitch-data',
  memory: false,
  host: '127.0.0.1',
  otlpHttpPort: 4318,
  otlpGrpcPort: 4317,
  port: 4319,
  retentionMs: 7 * DAY_MS,
  maxDiskBytes: 20_000_000_000,
  keys: [],
}

/** A setting that no server can start with. `setting` is the flag's name. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly setting: string

  constructor(setting: string, message: string) {
    super(`${setting} ${message}`)
    this.setting = setting
  }
}

/** Fills in the defaults; throws a `SettingsError` for what cannot work. */
export function completeSettings(settings: ServerSettings): CompleteSettings {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  const complete: CompleteSettings = { ...defaults, log: (line) => console.error(line), ...given }
  checkPort('--otlp-http-port', complete.otlpHttpPort)
  checkPort('--otlp-grpc-port', complete.otlpGrpcPort)
  checkPort('--port', complete.port)
  checkDistinct(complete)
  checkExposure(complete)
  return complete
}

function checkPort(flag: string, port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new SettingsError(flag, 'takes a port from 0 (any free one) to 65535')
}

function checkDistinct({ otlpHttpPort, otlpGrpcPort, port }: CompleteSettings): void {
  if (otlpGrpcPort !== 0 && otlpGrpcPort === otlpHttpPort) {
    throw new SettingsError(
      '--otlp-grpc-port',
      `is ${otlpGrpcPort}, and so is --otlp-http-port; give each its own`,
    )
  }
  if (port !== 0 && (port === otlpHttpPort || port === otlpGrpcPort)) {
    throw new SettingsError('--port', `is ${port}, and so is an OTLP port; give each its own`)
  }
}

function checkExposure({ host, token }: CompleteSettings): void {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingsError('--token', 'takes visible ASCII characters without spaces')
  }
  if (!isLoopback(host) && token === undefined) {
    throw new SettingsError('--host', `${host} can be reached from other machines, so it needs --token too`)
  }
}
