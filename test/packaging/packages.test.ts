import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { peers, published, root } from './published.ts'
import { run } from './run.ts'

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** By package name, as `npm pack` says. */
const packed = new Map<string, Packed>()
let folder: string
let consumer: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-packaging-'))
  consumer = join(folder, 'consumer')
  await mkdir(consumer)
  const folders = published.map((one) => one.folder)
  await run(root, 'tsc', '-b', ...folders)
  const workspaces = folders.map((path) => `--workspace=${path}`)
  const output = await run(
    root,
    'npm',
    'pack',
    '--json',
    '--ignore-scripts',
    `--pack-destination=${folder}`,
    ...workspaces,
  )
  for (const one of JSON.parse(output) as (Packed & { name: string })[]) packed.set(one.name, one)
  await installTarballs()
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function installTarballs(): Promise<void> {
  await writeFile(join(consumer, 'package.json'), '{ "private": true }')
  const tarballs = [...packed.values()].map(({ filename }) => join(folder, filename))
  await run(
    consumer,
    'npm',
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...tarballs,
    ...peers(),
  )
}

describe.each(published.map((one) => [one.manifest.name, one] as const))('%s', (name, one) => {
  test('packs its built code and its sources, and nothing that only we need', () => {
    const paths = packed.get(name)!.files.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining([...one.files]))
    expect(paths.filter((path) => /(^|\/)(test|node_modules)\/|\.tsbuildinfo$/.test(path))).toEqual([])
  })

  test('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: one.folder, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('gives TypeScript its types wherever it gives Node code', async () => {
    const tarball = join(folder, packed.get(name)!.filename)
    await expect(run(root, 'attw', tarball, '--profile', 'esm-only')).resolves.toContain(name)
  })

  test.each(one.specifiers)(
    '%s loads by import and by require, with what its source exports',
    async (specifier) => {
      const source = Object.keys((await import(specifier)) as object).toSorted()
      expect(source.length).toBeGreaterThan(0)
      const print = 'console.log(JSON.stringify(Object.keys(loaded).toSorted()))'
      const imported = `import * as loaded from '${specifier}'; ${print}`
      const required = `const loaded = require('${specifier}'); ${print}`
      expect(JSON.parse(await run(consumer, 'node', '--input-type=module', '-e', imported))).toEqual(source)
      expect(JSON.parse(await run(consumer, 'node', '-e', required))).toEqual(source)
    },
  )
})

test('the declarations compile in a strict project', async () => {
  const specifiers = published.flatMap((one) => one.specifiers)
  const imports = specifiers.map((specifier, index) => `export * as m${index} from '${specifier}'`)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
  }
  await writeFile(join(consumer, 'consumer.mts'), imports.join('\n'))
  await writeFile(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['consumer.mts'] }),
  )
  expect(await run(consumer, join(root, 'node_modules/.bin/tsc'))).toBe('')
})

test('the flowstitch command starts from its tarball, with the viewer in it', async () => {
  const { version } = published.find(({ manifest }) => manifest.name === 'flowstitch')!.manifest
  expect(await run(consumer, join(consumer, 'node_modules/.bin/flowstitch'), '--version')).toBe(
    `${version}\n`,
  )
  const paths = packed.get('flowstitch')!.files.map(({ path }) => path)
  expect(paths, 'no viewer: run `npm run build`').toContain('viewer/index.html')
})

test('clients are traced from the start of a program, from the tarballs', async () => {
  const own = "console.log(Object.hasOwn(new Kafka({ brokers: ['nobody'] }), 'producer'))"
  const program = `import { Kafka } from 'kafkajs'; ${own}`
  const start = (...args: string[]) => run(consumer, 'node', '--input-type=module', ...args, '-e', program)
  expect(await start()).toBe('false\n')
  expect(await start('--import', '@flowstitch/auto')).toBe('true\n')
})

test('the monorepo’s release tool knows the packages', async () => {
  const listed = JSON.parse(await run(root, 'lerna', 'ls', '--json', '--loglevel=error')) as {
    name: string
  }[]
  expect(listed.map(({ name }) => name).toSorted()).toEqual(
    published.map(({ manifest }) => manifest.name).toSorted(),
  )
})
