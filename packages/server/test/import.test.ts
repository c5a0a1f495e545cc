import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DecodeError, memoryStore, openEngine, OverloadError } from '@flowstitch/correlator'
import type { Engine } from '@flowstitch/correlator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { importFile } from '../src/import/import-file.ts'
import type { ImportProgress } from '../src/import/import-file.ts'
import { engineTarget, serverTarget } from '../src/import/target.ts'
import { fakeEngine } from './helpers/fake-engine.ts'
import { exportRequest } from './helpers/otlp.ts'
import { serving } from './helpers/serving.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** Imports a file into an engine of its own: how it went, and how many spans are there then. */
async function importInto(path: string): Promise<{ progress: ImportProgress; spans: number }> {
  const engine = await openEngine({ store: memoryStore() })
  const progress = await importFile(path, engineTarget(engine), () => undefined)
  return { progress, spans: engine.stats().spans }
}

function framed(...messages: Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(message.length)
      return [length, message]
    }),
  )
}

describe('a file is read, and its spans stored, when it holds', () => {
  const [one, two] = [exportRequest(2), exportRequest(3)]
  const [oneLine, twoLine] = [one.json.toString(), two.json.toString()]
  const indented = JSON.stringify(JSON.parse(oneLine), null, 2)
  const forms: [form: string, content: Uint8Array | string, requests: number, spans: number][] = [
    ['JSON lines', `${oneLine}\n${twoLine}\n`, 2, 5],
    ['JSON lines without a last newline', `${oneLine}\r\n\r\n${twoLine}`, 2, 5],
    ['one indented JSON document', `\uFEFF  ${indented}\n`, 1, 2],
    ['one protobuf request', one.protobuf, 1, 2],
    ['protobuf requests put one after another', Buffer.concat([one.protobuf, two.protobuf]), 1, 5],
    ['protobuf requests with their lengths', framed(one.protobuf, two.protobuf), 2, 5],
    ['any of it gzipped', gzipSync(`${oneLine}\n${twoLine}\n`), 2, 5],
    ['gzipped protobuf', gzipSync(framed(one.protobuf)), 1, 2],
    ['nothing', '', 0, 0],
    ['one newline', '\n', 0, 0],
  ]
  test.each(forms)('%s', async (form, content, requests, spans) => {
    const path = await file(form.replaceAll(' ', '-'), content)
    const result = await importInto(path)
    expect(result.progress).toMatchObject({ requests, rejectedSpans: 0 })
    expect(result.spans).toBe(spans)
  })
})

test('protobuf that begins like JSON is still protobuf', async () => {
  const names = Array.from({ length: 200 }, (_, n) => exportRequest(1, 'x'.repeat(n)))
  const braced = names.find(({ protobuf }) => protobuf[1] === '{'.charCodeAt(0))!
  expect(braced.protobuf.toString('latin1', 0, 2)).toBe('\n{')
  expect(await importInto(await file('braced', braced.protobuf))).toMatchObject({ spans: 1 })
})

test('a protobuf request larger than any that a server takes is cut between its resources', async () => {
  const { protobuf } = exportRequest(100)
  const copies = Math.ceil((5 * 2 ** 20) / protobuf.length)
  const path = await file('large', Buffer.concat(Array.from({ length: copies }, () => protobuf)))
  const engine = fakeEngine()
  const { otlpHttp } = await serving(engine)
  await importFile(path, serverTarget(otlpHttp), () => undefined)
  const sizes = engine.ingested.map(({ body }) => body.length)
  expect(sizes.length).toBeGreaterThanOrEqual(5)
  expect(Math.max(...sizes)).toBeLessThan(2 * 2 ** 20)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(copies * protobuf.length)
})

describe('a file that is no OTLP is refused with a reason:', () => {
  const { json, protobuf } = exportRequest()
  const forms: [form: string, content: Uint8Array | string, reason: string | RegExp][] = [
    ['JSON that ends too early', json.subarray(0, -3), 'ends within a JSON document'],
    ['JSON with a brace too many', `${json.toString()}}`, 'closing brace'],
    ['protobuf that ends too early', protobuf.subarray(0, -3), 'ends within a message'],
    ['a length that nothing follows', framed(protobuf).subarray(0, 3), 'ends within a message'],
    ['a length beyond all measure', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0]), 'in one piece'],
    ['text', 'just some text that is long enough\n', 'in one piece'],
    [
      'protobuf of something else',
      Buffer.concat([protobuf, Buffer.from([0x12, 0x00])]),
      'begins no resource spans',
    ],
  ]
  test.each(forms)('%s', async (form, content, reason) => {
    const path = await file(form.replaceAll(' ', '-'), content)
    await expect(importInto(path)).rejects.toThrow(reason)
  })

  test('JSON of something else', async () => {
    const path = await file('other.json', '{"resourceSpans": 7}')
    await expect(importInto(path)).rejects.toThrow(DecodeError)
  })
})

describe('through a running server', () => {
  test('an overloaded server is waited for', async () => {
    let calls = 0
    const ingest = vi.fn<Engine['ingest']>(() =>
      calls++ === 0
        ? Promise.reject(new OverloadError('busy', 1))
        : Promise.resolve({ accepted: 1, rejected: 0 }),
    )
    const { otlpHttp } = await serving(fakeEngine({ ingest }))
    const path = await file('patient.json', exportRequest().json)
    expect(await importFile(path, serverTarget(otlpHttp), () => undefined)).toMatchObject({ requests: 1 })
    expect(ingest).toHaveBeenCalledTimes(2)
  })

  test.each(['json', 'protobuf'] as const)(
    'rejected spans of %s are counted, with the reason',
    async (encoding) => {
      const { otlpHttp } = await serving(
        fakeEngine({ ingest: () => Promise.resolve({ accepted: 0, rejected: 400, message: 'no span id' }) }),
      )
      const path = await file(`rejected-${encoding}`, exportRequest()[encoding])
      expect(await importFile(path, serverTarget(otlpHttp), () => undefined)).toMatchObject({
        rejectedSpans: 400,
        reason: 'no span id',
      })
    },
  )

  test('a server that wants a token gets it, and one that is not there is named', async () => {
    const { otlpHttp } = await serving(fakeEngine(), { token: 'secret' })
    const path = await file('token.json', exportRequest().json)
    await expect(importFile(path, serverTarget(otlpHttp), () => undefined)).rejects.toMatchObject({
      code: 'unauthorized',
    })
    expect(await importFile(path, serverTarget(otlpHttp, 'secret'), () => undefined)).toMatchObject({
      requests: 1,
    })
    await expect(importFile(path, serverTarget('http://127.0.0.1:1'), () => undefined)).rejects.toMatchObject(
      {
        code: 'unreachable',
        message: expect.stringContaining('http://127.0.0.1:1'),
      },
    )
  })
})
