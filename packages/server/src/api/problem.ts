import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** An error answer: RFC 9457 §3, with `about:blank` as its type, so that the status says what kind it is. */
export interface Problem {
  type: string
  title: string
  status: number
  detail?: string
}

const CONTENT_TYPE = 'application/problem+json'

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }
  return reply.code(status).type(CONTENT_TYPE).send(JSON.stringify(problem))
}

/** Fastify's errors as problems. What is not the caller's fault is logged and told without its inside. */
export function answerErrors(log: (line: string) => void) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const status = error.statusCode ?? 500
    if (status < 500) return sendProblem(reply, status, error.message)
    log(`${request.method} ${request.url} failed: ${error.stack ?? String(error)}`)
    return sendProblem(reply, status, 'the server could not answer; its log says why')
  }
}
