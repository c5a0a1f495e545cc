import { Command, CommanderError } from '@commander-js/extra-typings'
import { StoreError } from '@flowstitch/correlator'
import { ClientError } from './client.ts'
import { CommandFailure, exitCode } from './commands/failure.ts'
import { doctorCommand } from './commands/doctor.ts'
import { flowCommand } from './commands/flow.ts'
import { flowsCommand } from './commands/flows.ts'
import { importCommand } from './commands/import.ts'
import { note } from './commands/output.ts'
import { destinationsCommand, topologyCommand } from './commands/overview.ts'
import type { AnyCommand } from './commands/reading.ts'
import { shapesCommand } from './commands/shapes.ts'
import { serveCommand } from './commands/serve.ts'
import { ListenError } from './listen-error.ts'
import { SettingsError } from './settings.ts'
import { version } from './version.ts'

/** Runs one command line to its end and says what the process should exit with. */
export async function runProgram(args: string[]): Promise<number> {
  forgetEmptyVariables(process.env)
  try {
    await program(args[0]).parseAsync(args, { from: 'user' })
    return exitCode.done
  } catch (error) {
    return report(error)
  }
}

function program(first = ''): Command {
  const program = new Command('flowstitch')
    .description('Flowstitch takes spans over OTLP and stitches them into flows, through every queue.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nWithout a command it serves: see flowstitch serve --help.')
  const commands: AnyCommand[] = [
    flowCommand(),
    flowsCommand(),
    topologyCommand(),
    destinationsCommand(),
    shapesCommand(),
    doctorCommand(),
    importCommand(),
  ]
  const names = [...commands.map((command) => command.name()), 'serve', 'help']
  program.addCommand(serveCommand(), { isDefault: true })
  for (const command of commands) program.addCommand(command)
  for (const command of [program, ...program.commands])
    command.exitOverride().showHelpAfterError('(--help says more)')
  // The default command would take a misspelt one for its own argument.
  if (/^\w/.test(first) && !names.includes(first)) {
    throw new CommandFailure(
      exitCode.usage,
      `unknown command ${first}; there are ${names.slice(0, -1).join(', ')}`,
    )
  }
  return program
}

/** A variable that is set to nothing, as Compose files do, counts as not set. */
function forgetEmptyVariables(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('FLOWSTITCH_') && value === '') delete env[name]
  }
}

function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  const code = exitCodeOf(error)
  if (code === undefined) throw error
  note(`flowstitch: ${(error as Error).message}`)
  if (error instanceof ClientError && hints[error.code]) note(hints[error.code]!)
  return code
}

/** Undefined for what nobody foresaw: that needs its stack trace. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof CommandFailure) return error.exitCode
  if (error instanceof SettingsError) return exitCode.usage
  if (error instanceof ClientError) return error.code === 'bad-request' ? exitCode.usage : exitCode.failed
  return error instanceof ListenError || error instanceof StoreError ? exitCode.failed : undefined
}

const hints: Partial<Record<ClientError['code'], string>> = {
  unreachable: 'Start one with `flowstitch serve`, or name another with --server or FLOWSTITCH_SERVER.',
  unauthorized: 'Give it with --token or FLOWSTITCH_TOKEN.',
}
