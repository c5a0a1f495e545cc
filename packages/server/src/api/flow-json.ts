import { Readable } from 'node:stream'
import type { Flow } from '@flowstitch/correlator'
import type { FastifyReply } from 'fastify'

/** Flows of more steps are written as they are read, and never are one string. */
const MANY = 1000
const PIECE = 500

export function sendFlow(reply: FastifyReply, flow: Flow): FastifyReply {
  if (flow.steps.length <= MANY) return reply.send(flow)
  return reply.type('application/json; charset=utf-8').send(Readable.from(piecesOf(flow)))
}

/** The JSON of a flow, some hundred list entries at a time. */
function* piecesOf(flow: Flow): Generator<string> {
  let before = '{'
  for (const [name, value] of Object.entries(flow) as [string, unknown][]) {
    yield `${before}${JSON.stringify(name)}:`
    if (Array.isArray(value)) yield* piecesOfList(value)
    else yield JSON.stringify(value)
    before = ','
  }
  yield '}'
}

function* piecesOfList(list: readonly unknown[]): Generator<string> {
  let before = '['
  for (let from = 0; from < list.length; from += PIECE) {
    yield before + JSON.stringify(list.slice(from, from + PIECE)).slice(1, -1)
    before = ','
  }
  yield list.length === 0 ? '[]' : ']'
}
