import { isModuleNamespaceObject } from 'node:util/types'
import { guard, observe, wrapMethod } from '@flowstitch/core'
import { TracedChannel, type AmqpChannel } from './channel.ts'
import { wrapConsume } from './consumer.ts'
import type { AmqpKernel } from './kernel.ts'
import { isManagedChannel, isManager, wrapManager } from './manager.ts'
import { wrapPublish } from './producer.ts'
import { wrapGet } from './pull.ts'
import { wrapSettlement } from './settlement.ts'

type Call = (...args: unknown[]) => unknown

interface AmqpConnection {
  createChannel: Call
  createConfirmChannel: Call
}

/** Wraps whatever it is of amqplib and its managers; false where it is nothing of them. */
export function instrument(client: unknown, kernel: AmqpKernel): boolean {
  const made = (found: unknown): void => {
    guard('instrumenting a client', () => instrument(found, kernel), false)
  }
  if (isManagedChannel(client)) return false
  if (isChannel(client)) wrapChannel(client, kernel)
  else if (isConnection(client)) wrapConnection(client, made)
  else if (isManager(client)) wrapManager(client, kernel, made)
  else if (isMaker(client, 'createClient')) wrapMaker(client, 'createClient', made)
  else if (isMaker(client, 'connect')) wrapMaker(client, 'connect', made)
  else return false
  return true
}

function isConnection(client: unknown): client is AmqpConnection {
  return isMaker(client, 'createConfirmChannel')
}

function isChannel(client: unknown): client is AmqpChannel {
  const { publish, consume } = (client ?? {}) as Partial<AmqpChannel>
  return typeof publish === 'function' && typeof consume === 'function'
}

/** An object that makes what is to be traced: a module, a framework's transport. Those of ES modules are read-only. */
function isMaker<K extends string>(client: unknown, method: K): client is Record<K, Call> {
  const { [method]: make } = (client ?? {}) as Partial<Record<string, unknown>>
  return typeof make === 'function' && !isModuleNamespaceObject(client)
}

function wrapConnection(connection: AmqpConnection, made: (channel: unknown) => void): void {
  wrapMaker(connection, 'createChannel', made)
  wrapMaker(connection, 'createConfirmChannel', made)
}

/** What is made is the answer, or what the answer is a promise of, or comes to the callback behind an error. */
function wrapMaker<K extends string>(
  maker: Record<K, Call>,
  method: K,
  made: (client: unknown) => void,
): void {
  const wrap = (original: Call): Call =>
    function (this: unknown, ...args) {
      const callback = args.at(-1)
      if (typeof callback === 'function') {
        args[args.length - 1] = function (this: unknown, ...answer: unknown[]): unknown {
          made(answer[1])
          return Reflect.apply(callback, this, answer)
        }
      }
      return observe(() => original.apply(this, args), made)
    }
  wrapMethod<Record<string, Call>, string>(maker, method, wrap)
}

const wrapped = new WeakSet<AmqpChannel>()

function wrapChannel(channel: AmqpChannel, kernel: AmqpKernel): void {
  if (wrapped.has(channel)) return
  wrapped.add(channel)
  const traced = new TracedChannel(channel, kernel)
  wrapPublish(traced)
  wrapConsume(traced)
  wrapGet(traced)
  wrapSettlement(traced)
}
