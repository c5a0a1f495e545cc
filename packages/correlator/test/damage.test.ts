import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesOf, idOf, ingestOrders, openFolder, orderAnswers, packed, withCopy } from './support/folders.ts'

const ORDERS = 100
/** Most orders that share a block of 32 KiB. */
const IN_A_BLOCK = 33

let folders = ''
let whole = new Map<string, string>()

/** A folder with a segment of three blocks, and one that still takes requests; and the same, but not compressed. */
beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), 'flowstitch-damage-'))
  for (const compress of [false, true]) {
    const directory = folderOf(compress)
    const engine = await openFolder(directory, { segmentBytes: 90_000, compress })
    await ingestOrders(engine, 0, ORDERS)
    if (compress) {
      await packed(directory)
      whole = await orderAnswers(engine)
    }
    await engine.close()
  }
})

afterAll(() => rm(folders, { recursive: true }))

function folderOf(compress: boolean): string {
  return join(folders, compress ? 'packed' : 'plain')
}

/** The places of a file, as shares of its length, and which bit of the byte there. */
const anyBit = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(7))

async function flip(path: string, [share, bit]: [number, number]): Promise<void> {
  const bytes = await readFile(path)
  bytes[Math.floor(share * bytes.length)]! ^= 1 << bit
  await writeFile(path, bytes)
}

/** What is answered of a folder in which one bit is wrong. */
async function answersWith(
  extension: string,
  bit: [number, number],
  compress = true,
): Promise<{
  missing: string[]
  changed: unknown[]
  report: string[]
  damaged: number
  faults: readonly string[]
}> {
  return withCopy(folderOf(compress), async (directory) => {
    // It would be told as well that it knows more than there is.
    await rm(join(directory, 'checkpoint'))
    const names = await filesOf(directory, extension)
    await flip(join(directory, names.at(compress ? -1 : 0)!), bit)
    const engine = await openFolder(directory, { compress: false })
    const answers = await orderAnswers(engine)
    const missing = [...whole.keys()].filter((id) => !answers.has(id))
    const changed = [...answers].filter(([id, answer]) => answer !== whole.get(id))
    const { damagedPlaces, faults } = engine.stats()
    await engine.close()
    return { missing, changed, report: engine.report, damaged: damagedPlaces, faults }
  })
}

describe('one wrong bit', () => {
  it(
    'in compressed requests hides a block at most, and that is told',
    async () => {
      await hold(
        fc.asyncProperty(anyBit, async (bit) => {
          const { missing, changed, report, damaged, faults } = await answersWith('.zst', bit)
          expect(missing.length).toBeLessThanOrEqual(IN_A_BLOCK)
          expect(changed).toEqual([])
          if (missing.length === 0) return
          expect(report).toEqual([expect.stringMatching(/\.zst: the \d+ bytes at \d+ are damaged/)])
          expect([damaged, faults]).toEqual([1, report])
        }),
        4,
      )
    },
    PATIENCE,
  )

  it(
    'in an index hides nothing: it is made again, and that is told',
    async () => {
      await hold(
        fc.asyncProperty(anyBit, async (bit) => {
          const { missing, changed, report, damaged } = await answersWith('.idx', bit)
          expect([missing, changed, damaged]).toEqual([[], [], 0])
          for (const line of report) expect(line).toMatch(/\.idx.* the index is made again/)
        }),
        4,
      )
    },
    PATIENCE,
  )

  it(
    'in requests that are not compressed yet hides one of them at most, and that is told',
    async () => {
      await hold(
        fc.asyncProperty(anyBit, async (bit) => {
          const { missing, changed, report, damaged } = await answersWith('.log', bit)
          expect(missing.length).toBeLessThanOrEqual(1)
          expect(changed).toEqual([])
          // Nobody can tell a last request that is damaged from one that a crash has left half written.
          expect([report.length, damaged]).toEqual([1, report[0]!.includes('cut off') ? 0 : 1])
          expect(report[0]).toMatch(
            /\.log: (the request at byte \d+ is damaged|its header is damaged)|cut off/,
          )
        }),
        4,
      )
    },
    PATIENCE,
  )

  it(
    'in requests that have an index already and no checksums of blocks yet breaks no answer',
    async () => {
      await hold(
        fc.asyncProperty(anyBit, async (bit) => {
          const { missing } = await answersWith('.log', bit, false)
          expect(missing.length).toBeLessThanOrEqual(1)
        }),
        4,
      )
    },
    PATIENCE,
  )

  it('in the length of a request hides that one alone, however many come behind it', async () => {
    const directory = folderOf(true)
    const [name = ''] = await filesOf(directory, '.log')
    const log = await readFile(join(directory, name))
    const second = 24 + 16 + log.readUInt32LE(24 + 4)
    const share = (second + 4 + 0.5) / log.length
    const { missing, damaged } = await answersWith('.log', [share, 5])
    expect([missing.length, damaged]).toEqual([1, 1])
  })
})

describe('requests that turn out to be damaged', () => {
  it('while they are compressed are left out, the others of their segment stay', () =>
    withCopy(folderOf(false), async (directory) => {
      const [name = ''] = await filesOf(directory, '.log')
      const log = await readFile(join(directory, name))
      log[log.indexOf(Buffer.from(idOf(5), 'hex'))]! ^= 4
      await writeFile(join(directory, name), log)
      const engine = await openFolder(directory)
      await packed(directory)
      const answers = await orderAnswers(engine)
      expect([...whole.keys()].filter((id) => !answers.has(id))).toEqual([idOf(5)])
      expect(engine.report).toEqual([expect.stringMatching(/\.log: the request at byte \d+ is damaged/)])
      expect(engine.stats()).toMatchObject({ damagedPlaces: 1, faults: engine.report })
      await engine.close()
    }))

  it('in both tables of contents hide their segment, and nothing else', () =>
    withCopy(folderOf(true), async (directory) => {
      const [name = ''] = await filesOf(directory, '.zst')
      const bytes = await readFile(join(directory, name))
      bytes[50]! ^= 1
      bytes[bytes.length - 10]! ^= 1
      await writeFile(join(directory, name), bytes)
      const engine = await openFolder(directory)
      const answers = await orderAnswers(engine)
      expect(answers.size).toBeGreaterThan(5)
      expect(answers.size).toBeLessThan(ORDERS)
      expect(engine.report).toEqual([expect.stringContaining('both of its tables of contents are damaged')])
      await ingestOrders(engine, ORDERS, ORDERS + 1)
      expect((await orderAnswers(engine)).size).toBe(answers.size + 1)
      await engine.close()
    }))
})
