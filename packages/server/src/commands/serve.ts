import { Option } from '@commander-js/extra-typings'
import type { RunningServer } from '../server.ts'
import { defaults } from '../settings.ts'
import type { ServerSettings } from '../settings.ts'
import { formatDuration } from '../terminal/time.ts'
import { version } from '../version.ts'
import { duration, key, port, size } from './arguments.ts'
import { note, print, printJson } from './output.ts'
import { command } from './reading.ts'
import type { AnyCommand } from './reading.ts'

/** `flowstitch serve`, which is also what `flowstitch` alone does. */
export function serveCommand(): AnyCommand {
  return command('serve', 'start the server: OTLP in, API and viewer out')
    .addOption(setting('--data <dir>', 'FLOWSTITCH_DATA', 'folder of the store').default(defaults.data))
    .option('--memory', 'keep everything in memory alone', false)
    .addOption(
      setting(
        '--host <address>',
        'FLOWSTITCH_HOST',
        'address to listen on; anything but loopback needs --token',
      ).default(defaults.host),
    )
    .addOption(
      setting('--otlp-http-port <port>', 'FLOWSTITCH_OTLP_HTTP_PORT', 'port of OTLP/HTTP')
        .default(defaults.otlpHttpPort)
        .argParser(port),
    )
    .addOption(
      setting('--otlp-grpc-port <port>', 'FLOWSTITCH_OTLP_GRPC_PORT', 'port of OTLP/gRPC')
        .default(defaults.otlpGrpcPort)
        .argParser(port),
    )
    .addOption(
      setting('--port <port>', 'FLOWSTITCH_PORT', 'port of the viewer and the API')
        .default(defaults.port)
        .argParser(port),
    )
    .addOption(
      setting(
        '--token <token>',
        'FLOWSTITCH_TOKEN',
        'token that every call must carry; better given by the variable',
      ),
    )
    .addOption(
      setting('--retention <duration>', 'FLOWSTITCH_RETENTION', 'how long spans are kept')
        .default(defaults.retentionMs, '7d')
        .argParser(duration),
    )
    .addOption(
      setting(
        '--max-disk <size>',
        'FLOWSTITCH_MAX_DISK',
        'how large the store may grow; the oldest spans go first',
      )
        .default(defaults.maxDiskBytes, '20GB')
        .argParser(size),
    )
    .addOption(
      setting(
        '--key <attribute=name>',
        'FLOWSTITCH_KEY',
        'attribute that says which message is meant where none carries a context, as in attribute=order.id; repeatable',
      )
        .default([] as string[], 'none')
        .argParser(key),
    )
    .option('--json', 'print the addresses as one line of JSON', false)
    .action(async ({ retention, maxDisk, key: keys, json, ...options }) => {
      const settings = { ...options, retentionMs: retention, maxDiskBytes: maxDisk, keys }
      await run(settings, json)
    })
}

function setting<Flags extends string>(flags: Flags, variable: string, description: string): Option<Flags> {
  return new Option(flags, description).env(variable)
}

async function run(settings: ServerSettings, json: boolean): Promise<void> {
  // Commands that only read need not wait for gRPC and Fastify to load.
  const { startServer } = await import('../server.ts')
  const server = await startServer(settings)
  const stopped = firstSignal()
  if (json) printJson({ otlpHttp: server.otlpHttp, otlpGrpc: server.otlpGrpc, viewer: server.viewer })
  else print(greeting(server, settings))
  await stopped
  if (!json) note('stopping: finishing what is in flight')
  await server.close()
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++
      if (signals > 1) process.exit(signal === 'SIGINT' ? 130 : 143)
      resolve()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

function greeting({ viewer, otlpHttp, otlpGrpc }: RunningServer, settings: ServerSettings): string {
  return [
    `Flowstitch ${version}`,
    '',
    `  Viewer     ${viewer}`,
    `  OTLP/HTTP  ${otlpHttp}`,
    `  OTLP/gRPC  ${otlpGrpc}`,
    `  Store      ${store(settings)}`,
    '',
    `Send it spans: OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttp}`,
    'Ctrl-C stops it.',
  ].join('\n')
}

function store({ memory, data = '', retentionMs = 0, maxDiskBytes = 0 }: ServerSettings): string {
  if (memory) return 'in memory; gone when the server stops'
  return `${data} (keeps ${formatDuration(retentionMs)}, at most ${maxDiskBytes / 1e9} GB)`
}
