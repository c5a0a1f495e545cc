import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import type { Engine, Message } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import type { Problem } from './problem.ts'
import { sendProblem } from './problem.ts'
import { ref } from './schema-parts.ts'

const key = Type.Partial(
  Type.Object({
    id: Type.String({ minLength: 1, description: 'The message id that broker or producer gave it.' }),
    coordinate: Type.String({
      minLength: 1,
      description: 'Where the broker put it: kafka/orders/3/1842, nats/ORDERS/77.',
    }),
  }),
  { additionalProperties: false },
)

const answer = Type.Object({ messages: Type.Array(ref<Message>('Message')) })

/** `/messages?id=` or `?coordinate=`. */
export function messageRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<{ Querystring: Static<typeof key> }>(
    '/messages',
    {
      schema: {
        operationId: 'findMessages',
        summary: 'Messages with an id or a coordinate.',
        querystring: key,
        response: { 200: answer, 400: ref<Problem>('Problem') },
      },
    },
    async ({ query }, reply) => {
      if ((query.id === undefined) === (query.coordinate === undefined)) {
        return sendProblem(reply, 400, 'give either id or coordinate')
      }
      return { messages: await engine.messages(query) }
    },
  )
}
