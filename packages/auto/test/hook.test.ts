import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import Module, { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { clients, type Client } from '../src/clients.ts'
import { hookLoader } from '../src/hook.ts'
import { start } from '../src/start.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-auto-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A package of the user's with one file, and what `require` gives of it. */
async function load(file: string, source: string): Promise<unknown> {
  const path = join(folder, 'node_modules', file)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, source)
  return createRequire(path)(path)
}

/** Until the test is over. */
function hook(hooked: readonly Client[]): void {
  const before: unknown = Reflect.get(Module.prototype, '_compile')
  onTestFinished(() => void Reflect.set(Module.prototype, '_compile', before))
  hookLoader(hooked, {})
}

test('a process starts once, however many copies of this package there are', () => {
  hook([])
  onTestFinished(() => void Reflect.deleteProperty(globalThis, Symbol.for('flowstitch.auto')))
  const traced = start({ FLOWSTITCH_AUTO_DISABLED: 'nats' })
  expect(traced).toEqual(['kafkajs', 'amqplib', 'sqs', 'ioredis', 'bullmq'])
  const hooked: unknown = Reflect.get(Module.prototype, '_compile')
  expect(start({})).toBe(traced)
  expect(Reflect.get(Module.prototype, '_compile')).toBe(hooked)
})

function client(file: string, trace: (exports: object) => object): Client {
  return { adapter: 'kafkajs', file, trace: (exports) => trace(exports as object) }
}

test('a module gets the exports that its row makes of them, and no other module does', async () => {
  hook([client('@scope/hooked/lib/index.js', (exports) => ({ ...exports, traced: true }))])
  expect(await load('@scope/hooked/lib/index.js', 'exports.a = 1')).toEqual({ a: 1, traced: true })
  expect(await load('@scope/hooked/index.js', 'exports.a = 2')).toEqual({ a: 2 })
  expect(await load('other/lib/index.js', 'exports.a = 3')).toEqual({ a: 3 })
})

test('it gets them from loaders that replace the handler of .js files later, too', async () => {
  hook([client('replaced/index.js', (exports) => ({ ...exports, traced: true }))])
  const { extensions } = createRequire(import.meta.url)
  const { '.js': before } = extensions
  onTestFinished(() => {
    extensions['.js'] = before
  })
  extensions['.js'] = (module, filename) => {
    const { _compile: compile } = module as unknown as { _compile(source: string, filename: string): void }
    compile.call(module, 'exports.b = 2', filename)
  }
  expect(await load('replaced/index.js', 'exports.a = 1')).toEqual({ b: 2, traced: true })
})

test('where our step fails, the module loads as it would, and it is told', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  hook([
    client('broken/index.js', () => {
      throw new Error('ours')
    }),
  ])
  expect(await load('broken/index.js', 'exports.a = 1')).toEqual({ a: 1 })
  expect(warnings).toHaveBeenCalledExactlyOnceWith(
    'tracing broken/index.js failed: Error: ours',
    expect.objectContaining({ code: 'FLOWSTITCH_AUTO' }),
  )
})

test('a module that fails to load fails with its own error', async () => {
  hook([client('failing/index.js', () => ({ traced: true }))])
  await expect(load('failing/index.js', "throw new RangeError('its own')")).rejects.toThrow(RangeError)
})

test.each(clients.map(({ file }) => file))(
  '%s with exports of another shape loads as it would',
  async (file) => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warnings.mockRestore())
    hook(clients)
    expect(await load(file, 'exports.other = 1')).toEqual({ other: 1 })
    expect(warnings).toHaveBeenCalledOnce()
  },
)
