import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { processesWith, type MarkedProcess } from './marked-processes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const marker = 'FLOWSTITCH_JOURNEY'
const launcher = [process.execPath, ['scripts/run.mjs', 'demo']] as const

test('ten orders and no more: it says what became of them, exits 0 and leaves nothing running', async () => {
  const demo = runDemo('npm', ['run', 'demo', '--', '--once'])
  const [status] = await demo.exited

  expect(status, demo.output()).toBe(0)
  expect(demo.output()).toMatch(/^10 flows: .* 1 dead-lettered$/m)
  expect(await demo.processes()).toEqual([])
}, 120_000)

test('functions are called until each order has its receipt, and nothing is left running', async () => {
  const demo = runDemo('npm', ['run', 'demo', '--', 'serverless'])
  const [status] = await demo.exited

  expect(status, demo.output()).toBe(0)
  expect(demo.output()).toMatch(/^3 flows, 1 of them with a payment that failed at first:$/m)
  expect(demo.output()).toMatch(/ · 2 messages · 3 attempts · 1 error · 3 services$/m)
  expect(await demo.processes()).toEqual([])
}, 120_000)

test('Ctrl-C ends it, with exit status 0 and nothing left running', async () => {
  const demo = runDemo(...launcher)
  await demo.until(/✓ delivered/)

  process.kill(-demo.group, 'SIGINT')

  const [status] = await demo.exited
  expect(status, demo.output()).toBe(0)
  expect(await demo.processes()).toEqual([])
}, 120_000)

test.for([
  { killed: 'the launcher', program: 'scripts/run.mjs', ownBrokers: false },
  { killed: 'the demo', program: 'scripts/tasks/demo.ts', ownBrokers: true },
])('kill -9 of $killed leaves nothing running', { timeout: 120_000 }, async ({ program, ownBrokers }) => {
  const demo = runDemo(...launcher, ownBrokers)
  await demo.until(/✓ delivered/)
  const processes = await demo.processes()
  const victim = processes.find(({ command }) => command.includes(program))
  expect(processes.length).toBeGreaterThan(8)

  process.kill(victim!.pid, 'SIGKILL')

  await vi.waitFor(async () => expect(await demo.processes()).toEqual([]), { timeout: 25_000, interval: 200 })
})

interface Demo {
  readonly group: number
  readonly exited: Promise<unknown[]>
  output(): string
  until(pattern: RegExp): Promise<void>
  /** Everything that the demo has started, itself included. */
  processes(): Promise<MarkedProcess[]>
}

/** @param ownBrokers whether it starts brokers of its own instead of using those of the test run */
function runDemo(command: string, args: readonly string[], ownBrokers = false): Demo {
  const id = randomUUID()
  const env: NodeJS.ProcessEnv = { ...process.env, [marker]: id }
  if (ownBrokers)
    for (const broker of Object.keys(brokersFromEnvironment()))
      delete env[`FLOWSTITCH_${broker.toUpperCase()}`]
  const child = spawn(command, args, { cwd: root, env, detached: true })
  const read = collect(child)
  const exited = once(child, 'exit')
  const processes = (): Promise<MarkedProcess[]> => processesWith(`${marker}=${id}`)
  onTestFinished(async () => {
    for (const { pid } of await processes()) process.kill(pid, 'SIGKILL')
  })
  return {
    group: child.pid!,
    exited,
    output: read,
    processes,
    until: (pattern) =>
      vi.waitFor(
        () => {
          if (child.exitCode !== null) throw new Error(`the demo has ended:\n${read()}`)
          expect(read()).toMatch(pattern)
        },
        { timeout: 100_000, interval: 100 },
      ),
  }
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let output = ''
  for (const stream of [stdout!, stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return () => output
}
