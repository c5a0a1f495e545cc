import { Command, Option } from '@commander-js/extra-typings'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { createClient } from '../client.ts'
import type { Client } from '../client.ts'
import { defaults } from '../settings.ts'
import { version } from '../version.ts'
import { url } from './arguments.ts'

/** Options that every reading command takes. */
export type ReadingOptions = {
  server: string
  token?: string | undefined
  json?: true | undefined
}

/** A command whatever its arguments and options: what the program needs to know of one. */
export type AnyCommand = CommandUnknownOpts

/** A command with `--version`. */
export function command(name: string, description: string): Command {
  return new Command(name).description(description).version(version, '-V, --version', 'print the version')
}

/** A command that reads from a running server. */
export function readingCommand(name: string, description: string): Command<[], ReadingOptions> {
  return command(name, description)
    .addOption(
      new Option('--server <url>', 'address of the server, which is the viewer’s')
        .env('FLOWSTITCH_SERVER')
        .default(`http://${defaults.host}:${defaults.port}`)
        .argParser(url),
    )
    .addOption(tokenOption())
    .option('--json', 'print the API’s answer')
}

export function tokenOption(): Option<'--token <token>'> {
  return new Option('--token <token>', 'the server’s token; better given as FLOWSTITCH_TOKEN').env(
    'FLOWSTITCH_TOKEN',
  )
}

export function clientOf({ server, token }: ReadingOptions): Client {
  return createClient(server, token === undefined ? {} : { token })
}
