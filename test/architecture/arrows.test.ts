import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linesOfCode, packageOf } from './imports.ts'
import { adapters, packageIn, packages, type Package } from './packages.ts'

const api = '@opentelemetry/api'

interface Found {
  file: string
  from: string
}

/** The imports of a package from other packages, values only unless asked. */
function imports({ sources }: Package, { types = false } = {}): Found[] {
  return sources.flatMap(({ file, imports: all }) =>
    all
      .filter(({ from, typeOnly }) => packageOf(from) !== undefined && (types || !typeOnly))
      .map(({ from }) => ({ file, from })),
  )
}

const ours = (from: string): boolean => from === 'flowstitch' || from.startsWith('@flowstitch/')

test('there are adapters to hold to the rules', () => {
  expect(adapters.map(({ folder }) => folder)).toEqual(
    expect.arrayContaining(['amqplib', 'bullmq', 'ioredis', 'kafkajs', 'lambda', 'nats', 'sqs']),
  )
})

describe('core', () => {
  /** What all of its folders may know: they import nothing. */
  const names = new Set(['semconv.ts', 'version.ts'])
  const core = packageIn('core')

  test('depends on the OpenTelemetry API alone, as a peer', () => {
    expect(core.manifest.dependencies ?? {}).toEqual({})
    expect(Object.keys(core.manifest.peerDependencies ?? {})).toEqual([api])
  })

  /** Each folder may import those before it. */
  const order = ['runtime', 'model', 'propagation', 'conventions', 'kernel']
  const folders = core.sources.filter(({ file }) => dirname(file) !== '.')

  test('has folders whose arrows go one way, towards what they are made of', () => {
    const rank = (file: string): number => order.indexOf(dirname(file))
    expect([...new Set(folders.map(({ file }) => dirname(file)))].toSorted()).toEqual(order.toSorted())
    const against = folders.flatMap(({ file, imports: all }) =>
      all
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => join(dirname(file), from))
        .filter((to) => (dirname(to) === '.' ? !names.has(to) : rank(to) > rank(file)))
        .map((to) => `${file} imports ${to}`),
    )
    expect(against).toEqual([])
  })

  test('has a kernel that can be read in an hour: a thousand lines of code, and none without need', () => {
    const kernel = folders.filter(({ file }) => dirname(file) === 'kernel')
    const lines = kernel.map(({ text }) => linesOfCode(text))
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1000)
  })

  test('imports nothing else', () => {
    expect(imports(core, { types: true }).filter(({ from }) => from !== api)).toEqual([])
  })
})

describe('dialects', () => {
  const dialects = packageIn('dialects')

  test('depends on core, and on no client: each broker has several', () => {
    expect(Object.keys(dialects.manifest.dependencies ?? {})).toEqual(['@flowstitch/core'])
    expect(Object.keys(dialects.manifest.peerDependencies ?? {})).toEqual([api])
    expect(
      imports(dialects, { types: true }).filter(({ from }) => from !== '@flowstitch/core' && from !== api),
    ).toEqual([])
  })

  test('has brokers that know nothing of each other', () => {
    const across = dialects.sources.flatMap(({ file, imports: all }) =>
      all
        .filter(({ from }) => from.startsWith('.') && dirname(join(dirname(file), from)) !== dirname(file))
        .map(({ from }) => `${file} imports ${from}`),
    )
    expect(across).toEqual([])
  })
})

/** Adapters of event sources: what calls the function has no client, and they send nothing. */
const ofEvents = new Set(['lambda'])

describe.each(adapters.map((adapter) => [adapter.folder, adapter] as const))('%s', (folder, adapter) => {
  const clients = Object.keys(adapter.manifest.peerDependencies ?? {}).filter((name) => name !== api)

  const below = ['@flowstitch/core', '@flowstitch/dialects']

  test('depends on core and perhaps dialects, with the OpenTelemetry API and its client as peers', () => {
    const dependencies = Object.keys(adapter.manifest.dependencies ?? {})
    expect(dependencies).toContain('@flowstitch/core')
    expect(dependencies.filter((name) => !below.includes(name))).toEqual([])
    expect(adapter.manifest.peerDependencies).toHaveProperty(api)
    expect(clients.length > 0).toBe(!ofEvents.has(folder))
    for (const client of clients) {
      expect(adapter.manifest.peerDependenciesMeta?.[client]).toEqual({ optional: true })
    }
  })

  test('imports what it depends on and its client, and neither another adapter nor a value of OpenTelemetry', () => {
    const allowed = new Set([...below, ...clients])
    expect(imports(adapter).filter(({ from }) => !allowed.has(packageOf(from)!))).toEqual([])
    allowed.add(api)
    const typings = Object.keys(adapter.manifest.devDependencies ?? {})
    expect(
      imports(adapter, { types: true }).filter(
        ({ from }) => !allowed.has(packageOf(from)!) && (ours(from) || !typings.includes(packageOf(from)!)),
      ),
    ).toEqual([])
  })

  test('is at most 450 lines of code, beside those of each source of events', () => {
    const lines = adapter.sources.map(({ file, text }) => ({ file, count: linesOfCode(text) }))
    const ofSources = lines.filter(({ file }) => dirname(file) === 'sources')
    const others = lines.filter((one) => !ofSources.includes(one))
    expect(others.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(450)
    expect(ofSources.filter(({ count }) => count > 60)).toEqual([])
    expect(ofSources.length > 0).toBe(ofEvents.has(folder))
  })

  test('has the cast of files that every adapter of its kind has', () => {
    const cast = ofEvents.has(folder)
      ? ['index.ts', 'invocation.ts', 'records.ts', 'source.ts', 'sources/sqs.ts']
      : ['carrier.ts', 'consumer.ts', 'index.ts', 'message.ts', 'producer.ts']
    expect(adapter.sources.map(({ file }) => file)).toEqual(expect.arrayContaining(cast))
  })
})

describe('auto', () => {
  const auto = packageIn('auto')

  test('depends on adapters alone, with the OpenTelemetry API as a peer', () => {
    const names = adapters.map(({ manifest }) => manifest.name)
    const dependencies = Object.keys(auto.manifest.dependencies ?? {})
    expect(dependencies.length).toBeGreaterThan(0)
    expect(dependencies.filter((name) => !names.includes(name))).toEqual([])
    expect(Object.keys(auto.manifest.peerDependencies ?? {})).toEqual([api])
  })

  test('loads no client, and adapters only with their clients', () => {
    expect(imports(auto)).toEqual([])
  })

  test('alone hooks the module loader', () => {
    const hooking = packages.filter(({ sources }) =>
      sources.some(({ text }) => /\b(registerHooks|require\.extensions|Module\.(_\w+|prototype))/.test(text)),
    )
    expect(hooking.map(({ folder }) => folder)).toEqual(['auto'])
  })
})

test('only core and testing import values of OpenTelemetry', () => {
  const importers = packages.filter((candidate) =>
    imports(candidate).some(({ from }) => from.startsWith('@opentelemetry/')),
  )
  expect(importers.map(({ folder }) => folder)).toEqual(['core', 'testing'])
})

test('correlator knows of core its names alone, and no server, client or OpenTelemetry', () => {
  const correlator = packageIn('correlator')
  const fromOurs = imports(correlator, { types: true }).filter(({ from }) => ours(from))
  expect(fromOurs.filter(({ from }) => from !== '@flowstitch/core/semconv')).toEqual([])
  expect(Object.keys(correlator.manifest.dependencies ?? {}).filter(ours)).toEqual(['@flowstitch/core'])
})

test('server knows of Flowstitch the correlator alone', () => {
  const fromOurs = imports(packageIn('server'), { types: true }).filter(({ from }) => ours(from))
  expect(fromOurs.length).toBeGreaterThan(0)
  expect(fromOurs.filter(({ from }) => from !== '@flowstitch/correlator')).toEqual([])
})

test('viewer takes types of the correlator, and no value of Flowstitch', () => {
  const viewer = packageIn('viewer')
  expect(imports(viewer).filter(({ from }) => ours(from))).toEqual([])
  const types = imports(viewer, { types: true }).filter(({ from }) => ours(from))
  expect(types.filter(({ from }) => from !== '@flowstitch/correlator')).toEqual([])
})

test('testing knows of Flowstitch core alone', () => {
  const fromOurs = imports(packageIn('testing'), { types: true }).filter(({ from }) => ours(from))
  expect(fromOurs.filter(({ from }) => packageOf(from) !== '@flowstitch/core')).toEqual([])
})
