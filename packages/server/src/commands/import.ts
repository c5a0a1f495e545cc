import { stat } from 'node:fs/promises'
import { DecodeError } from '@flowstitch/correlator'
import { importFile } from '../import/import-file.ts'
import type { ImportProgress } from '../import/import-file.ts'
import { engineTarget, serverTarget } from '../import/target.ts'
import type { ImportTarget } from '../import/target.ts'
import { openStore } from '../open-store.ts'
import { defaults } from '../settings.ts'
import { counted } from '../terminal/text.ts'
import { formatShare } from '../terminal/time.ts'
import { url } from './arguments.ts'
import { CommandFailure, exitCode } from './failure.ts'
import { note } from './output.ts'
import { command, tokenOption } from './reading.ts'
import type { AnyCommand } from './reading.ts'

const REDRAW_MS = 100

/** `flowstitch import FILE…`: OTLP files into a server or straight into its store. */
export function importCommand(): AnyCommand {
  return command('import', 'read OTLP files into the store: protobuf or JSON lines, gzipped or not')
    .argument('<files...>', 'files of ExportTraceServiceRequest')
    .option(
      '--endpoint <url>',
      'OTLP/HTTP address of a running server',
      url,
      `http://${defaults.host}:${defaults.otlpHttpPort}`,
    )
    .option('--data <dir>', 'folder of a store that no server has open, instead of a server')
    .addOption(tokenOption())
    .action(async (files, { endpoint, data, token }) => {
      const target =
        data === undefined
          ? serverTarget(endpoint, token)
          : engineTarget(await openStore({ ...defaults, data, log: note }))
      try {
        for (const file of files) note(summary(file, await importShown(file, target)))
      } finally {
        await target.close()
      }
    })
}

async function importShown(file: string, target: ImportTarget): Promise<ImportProgress> {
  const draw = progressLine(file, await sizeOf(file))
  try {
    return await importFile(file, target, draw)
  } catch (error) {
    if (!isMalformed(error)) throw error
    throw new CommandFailure(exitCode.failed, `${file} is no file of OTLP traces: ${error.message}`)
  } finally {
    clearLine()
  }
}

function isMalformed(error: unknown): error is Error {
  if (error instanceof SyntaxError || error instanceof RangeError || error instanceof DecodeError) return true
  return ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_')
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CommandFailure(
      missing ? exitCode.notFound : exitCode.failed,
      `cannot read ${file}: ${(error as Error).message}`,
    )
  }
}

/** Redraws one line where there is a terminal; elsewhere the summary is enough. */
function progressLine(file: string, size: number): (progress: ImportProgress) => void {
  let drawn = 0
  return ({ bytes, requests }) => {
    if (!process.stderr.isTTY || performance.now() - drawn < REDRAW_MS) return
    drawn = performance.now()
    clearLine()
    process.stderr.write(`${file}  ${formatShare(bytes, size)}  ${requests} requests`)
  }
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
}

function summary(file: string, { bytes, requests, rejectedSpans, reason }: ImportProgress): string {
  const rejected = rejectedSpans === 0 ? '' : `; ${counted(rejectedSpans, 'span')} rejected: ${reason}`
  return `${file}: ${counted(requests, 'request')}, ${(bytes / 1e6).toFixed(1)} MB${rejected}`
}
