import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonToProtobuf } from '../src/decode/json.ts'
import { Scanner } from '../src/decode/scan.ts'
import { flowContextOf } from '../src/decode/trace-state.ts'
import { DecodeError, memoryStore, openEngine } from '../src/index.ts'
import { anyStory } from './support/arbitrary.ts'
import { batchStory } from './support/stories.ts'
import { engineWith, flowState, jsonRequest, request, STORY_START_MS, traceId } from './support/story.ts'

/** Bytes that were a request before something happened to them. */
const mutated: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    anyStory.map((told) => request(told)),
    fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 6 }),
    fc.option(fc.nat()),
    fc.boolean(),
  )
  .map(([body, changes, cut, remove]) => {
    let bytes = Buffer.from(body)
    for (const { at, byte } of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
    if (remove && bytes.length > 2)
      bytes = Buffer.concat([bytes.subarray(0, bytes.length >> 1), bytes.subarray((bytes.length >> 1) + 1)])
    return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1))
  })

/** Takes the bytes or says that they are no request; whatever it took can be asked about. */
async function survive(bytes: Uint8Array): Promise<void> {
  const engine = await openEngine({ store: memoryStore(), now: () => STORY_START_MS })
  const error = await engine.ingest(bytes, 'protobuf').then(() => undefined, String)
  expect(error ?? 'DecodeError').toContain('DecodeError')
  expect(error === undefined || engine.stats().spans === 0).toBe(true)
  const { flows } = await engine.flows({ limit: 500 })
  for (const { id } of flows) expect(await engine.flow(id)).toBeDefined()
  await engine.topology({})
  await engine.destinations()
}

/** How many spans a scan accepts, or why it accepts none. */
function scanned(bytes: Uint8Array): unknown {
  try {
    return new Scanner().scan(bytes).accepted
  } catch (error) {
    return error
  }
}

describe('protobuf', () => {
  it('that is damaged anyhow is refused or understood as far as it goes, never a crash', async () => {
    await hold(fc.asyncProperty(mutated, survive), 0.2)
  }, 60_000)

  it('of random bytes never crashes', async () => {
    await hold(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), survive), 0.2)
  })

  it('that is cut off at any byte is refused, or whole up to there', () => {
    const body = request(batchStory(2))
    const outcomes = Array.from(body, (_, length) => scanned(body.subarray(0, length)))
    const refused = outcomes.filter((outcome) => typeof outcome !== 'number')
    expect(refused.length).toBeGreaterThan(body.length / 2)
    for (const error of refused)
      expect(error).toMatchObject({ name: 'DecodeError', code: 'malformed-protobuf' })
  })

  it.each([
    ['a length beyond the end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a number that never ends', [0x08, ...Array.from({ length: 20 }, () => 0xff)]],
    ['a group', [0x0b, 0x0c]],
    ['text', [...Buffer.from('<html>not found</html>')]],
  ])('with %s is refused', (_, bytes) => {
    expect(() => new Scanner().scan(Uint8Array.from(bytes))).toThrow(DecodeError)
  })

  it('with fields that OTLP does not have yet is understood', async () => {
    const body = Buffer.concat([
      request(batchStory(1)),
      Buffer.from([0xa2, 0x06, 0x01, 0x00, 0xf8, 0x07, 0x05]),
    ])
    const engine = await openEngine({ store: memoryStore() })
    expect(await engine.ingest(body, 'protobuf')).toEqual({ accepted: 6, rejected: 0 })
  })

  it('that is empty is a request without spans', async () => {
    const engine = await openEngine({ store: memoryStore() })
    expect(await engine.ingest(new Uint8Array(0), 'protobuf')).toEqual({ accepted: 0, rejected: 0 })
  })
})

describe('spans', () => {
  it('with ids of the wrong length or of zeros are rejected, and the rest is kept', async () => {
    const ids = [
      { traceId: '00'.repeat(16), spanId: '01'.repeat(8) },
      { traceId: 'ab', spanId: '01'.repeat(8) },
      { traceId: '01'.repeat(16), spanId: '01'.repeat(7) },
      { traceId: '01'.repeat(16), spanId: '00'.repeat(8) },
      { traceId: '01'.repeat(16) },
      { traceId: '01'.repeat(16), spanId: '01'.repeat(8) },
    ]
    const engine = await openEngine({ store: memoryStore() })
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: ids }] }] }))
    expect(await engine.ingest(body, 'json')).toEqual({
      accepted: 1,
      rejected: 5,
      message: '5 spans have no valid trace id or span id',
    })
    expect(engine.stats()).toMatchObject({ spans: 1, rejectedSpans: 5 })
    expect((await engine.flow('01'.repeat(16)))?.origin.service).toBe('unknown_service')
  })

  it('with times in the far future are refused, and the rest of their request is kept', async () => {
    const engine = await openEngine({ store: memoryStore() })
    const body = request([{ id: 'a/post' }, { id: 'b/post', at: 4e12 }])
    expect(await engine.ingest(body, 'protobuf')).toEqual({
      accepted: 1,
      rejected: 1,
      message: '1 spans start more than a day in the future',
    })
    expect((await engine.flows({ limit: 9 })).flows.map((flow) => flow.id)).toEqual([traceId('a')])
  })

  it('that end before they start take no time', async () => {
    const engine = await engineWith([{ id: 'a/post', at: 5, for: -3 }])
    expect((await engine.flow(traceId('a')))?.durationMs).toBe(0)
  })
})

describe('JSON', () => {
  it('means the same as protobuf', async () => {
    const told = batchStory(3)
    const json = await openEngine({ store: memoryStore(), now: () => STORY_START_MS })
    await json.ingest(jsonRequest(told), 'json')
    const protobuf = await openEngine({ store: memoryStore(), now: () => STORY_START_MS })
    await protobuf.ingest(request(told), 'protobuf')
    expect(await json.flow(traceId('order1'))).toEqual(await protobuf.flow(traceId('order1')))
  })

  it.each([
    ['no JSON', '{', 'malformed-json'],
    ['a list', '[]', 'malformed-json'],
    ['resourceSpans that are no list', '{"resourceSpans":{}}', 'malformed-json'],
    ['a span that is null', '{"resourceSpans":[{"scopeSpans":[{"spans":[null]}]}]}', 'malformed-json'],
    [
      'an id that is no hexadecimal',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}',
      'malformed-json',
    ],
    [
      'a time that is no integer',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}',
      'malformed-json',
    ],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'malformed-json'],
    ['values that nest too deep', nested(1000), 'too-deep'],
  ])('that is %s is refused', (_, body, code) => {
    expect(() => jsonToProtobuf(Buffer.from(body))).toThrow(
      expect.objectContaining({ name: 'DecodeError', code }),
    )
  })

  it('takes names of enumerations, numbers as times, and ids in capitals', async () => {
    const span = {
      traceId: 'AB'.repeat(16),
      spanId: 'CD'.repeat(8),
      kind: 'SPAN_KIND_SERVER',
      startTimeUnixNano: 1000,
      endTimeUnixNano: '2000',
      status: { code: 'STATUS_CODE_ERROR' },
    }
    const engine = await openEngine({ store: memoryStore() })
    await engine.ingest(
      Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })),
      'json',
    )
    expect((await engine.flow('ab'.repeat(16)))?.steps).toMatchObject([
      {
        spanId: 'cd'.repeat(8),
        kind: 'server',
        status: 'error',
        startTimeUnixNano: '1000',
        endTimeUnixNano: '2000',
      },
    ])
  })
})

describe('the flow context', () => {
  it.each([
    [flowState('a'), traceId('a')],
    [`vendor=x,${flowState('a')},other=y`, traceId('a')],
    [`vendor=x , ${flowState('a')} `, traceId('a')],
    [flowState('a').replace('=1-', '=2-'), undefined],
    [`x${flowState('a')}`, undefined],
    [`flowstitch=1-${'0'.repeat(32)}-1-1-1`, undefined],
    ['flowstitch=1-abc-1-1-1', undefined],
    ['flowstitch=', undefined],
    ['', undefined],
  ])('in %j is of flow %j', (state, flowId) => {
    expect(flowContextOf(state)?.flowId).toBe(flowId)
  })

  it('has its times in milliseconds', () => {
    expect(flowContextOf(flowState('a', 3))).toEqual({
      flowId: traceId('a'),
      flowStartMs: STORY_START_MS,
      sentMs: STORY_START_MS,
      hop: 3,
    })
  })
})

function nested(depth: number): string {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}`
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"k","value":${value}}]}]}]}]}`
}
