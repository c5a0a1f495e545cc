import { createRequire } from 'node:module'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { connect as connectManaged } from 'amqp-connection-manager'
import * as namespace from 'amqplib'
import type { connect as connectWithCallback, Channel, Connection } from 'amqplib/callback_api'
import { expect, onTestFinished, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isPublish } from './spans.ts'
import { recording } from './support.ts'

const require = createRequire(import.meta.url)
const url = (): string => brokersFromEnvironment().amqp

/** A module as CommonJS gives it, as it was before when the test is over. */
function load<M extends { connect: unknown }>(name: string): M {
  const module = require(name) as M
  const { connect } = module
  onTestFinished(() => {
    Object.assign(module, { connect })
  })
  return module
}

test('amqplib itself can be instrumented: the connections that it makes are traced', async () => {
  const recorder = recording()
  const amqplib = instrumentAmqp(instrumentAmqp(load<typeof namespace>('amqplib')))
  const { name, length } = amqplib.connect
  expect([name, length]).toEqual(['connect', 2])
  const connection = await amqplib.connect(url())
  const channel = await connection.createChannel()
  channel.sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
  await connection.close()
  await expect(amqplib.connect('amqp://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED')
})

test('so can its callback API', async () => {
  const recorder = recording()
  const { connect } = instrumentAmqp(load<{ connect: typeof connectWithCallback }>('amqplib/callback_api'))
  const connection = await new Promise<Connection>((resolve, reject) => {
    connect(url(), (error: unknown, made) => (error ? reject(error) : resolve(made)))
  })
  const channel = await new Promise<Channel>((resolve) => {
    connection.createChannel((_error, made) => resolve(made))
  })
  channel.sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
  await new Promise((resolve) => connection.close(resolve))
  const failure = new Promise((resolve) => connect('amqp://127.0.0.1:1', resolve))
  expect(String(await failure)).toContain('ECONNREFUSED')
})

test('so can amqp-connection-manager, for frameworks that call it', async () => {
  const recorder = recording()
  const { connect } = instrumentAmqp(load<{ connect: typeof connectManaged }>('amqp-connection-manager'))
  const manager = connect([url()])
  await manager.createChannel().sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
  await manager.close()
})

test('what makes its manager in a promise, as servers of NestJS 12 do, is traced too', async () => {
  const recorder = recording()
  const { connect } = require('amqp-connection-manager') as { connect: typeof connectManaged }
  const server = instrumentAmqp({ createClient: () => Promise.resolve(connect([url()])) })
  const manager = await server.createClient()
  await manager.createChannel().sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
  await manager.close()
})

test('an ES module, which nobody can change, is refused', () => {
  expect(() => instrumentAmqp(namespace)).toThrow(TypeError)
})
