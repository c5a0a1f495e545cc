import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStreamParser } from '../src/api/sse.ts'

const text =
  'retry: 2000\n\nevent: flow\ndata: {"id":"é"}\n\n: still here\n\nevent: flow\r\ndata: one\r\ndata:two\r\n\r\ndata: plain\n\nevent: unfinished\ndata: x'
const events = [
  { name: 'flow', data: '{"id":"é"}' },
  { name: 'flow', data: 'one\ntwo' },
  { name: 'message', data: 'plain' },
]

test('events come out whole, comments and unfinished ones do not', () => {
  expect(new EventStreamParser().push(text)).toEqual(events)
})

test('the same events come out however the stream is cut', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: text.length }))
  hold(
    fc.property(cuts, (places) => {
      const parser = new EventStreamParser()
      const ends = [0, ...places.sort((a, b) => a - b), text.length]
      const pieces = ends.slice(1).map((end, at) => text.slice(ends[at], end))
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(events)
    }),
  )
})
