import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row } from './row.ts'
import { startServer } from './server.ts'

const FILL = fileURLToPath(new URL('fill.ts', import.meta.url))
const ROUNDS = 3

/** From the start of a server to its address, over spans that a process has left which was killed. */
export const measureRestart: Measurement = ({ full, log }) =>
  withFolder(async (directory) => {
    const spans = full ? 10_000_000 : 500_000
    log(`restart: ${spans} spans`)
    await fillAndKill(directory, spans)
    const took: number[] = []
    const cpu: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now()
      const server = await startServer(directory)
      took.push(performance.now() - began)
      cpu.push(server.process.cpuSeconds() * 1000)
      await server.kill()
    }
    const many = spans.toLocaleString('en')
    return [
      row(`start of a server after kill -9, ${many} spans`, 'ms', took, { atMost: 2000 }),
      row('CPU of it, the start of Node included', 'ms', cpu),
    ]
  })

async function fillAndKill(directory: string, spans: number): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--conditions=@flowstitch/source', '--no-warnings', FILL, directory, String(spans)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = once(child, 'exit')
  process.once('exit', () => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  const gone = ended.then(() => Promise.reject(new Error('the folder could not be filled')))
  await Promise.race([once(lines, 'line'), gone])
  gone.catch(() => {})
  child.kill('SIGKILL')
  await ended
}
