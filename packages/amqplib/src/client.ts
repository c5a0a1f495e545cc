import { isModuleNamespaceObject } from 'node:util/types'
import { guard, observe, wrapMethod } from '@flowstitch/core'
import { watchChannel, type AmqpChannel } from './channel.ts'
import { wrapConsume } from './consumer.ts'
import { isManagedChannel, isManager, wrapManager } from './manager.ts'
import type { AmqpKernel } from './message.ts'
import { hasMethods, isFirstTime, type Call } from './methods.ts'
import { wrapPublish } from './producer.ts'
import { wrapGet } from './pull.ts'
import { wrapSettlement } from './settlement.ts'

/** Wraps whatever it is of amqplib and its managers; false where it is nothing of them. */
export function instrument(client: unknown, kernel: AmqpKernel): boolean {
  // Nobody can change an ES module, and of a managed channel not the channels that it lives on.
  if (isModuleNamespaceObject(client) || isManagedChannel(client)) return false
  const made = (found: unknown): void => {
    guard('instrumenting a client', () => instrument(found, kernel), false)
  }
  if (isChannel(client)) wrapChannel(client, kernel)
  else if (hasMethods(client, 'createConfirmChannel')) wrapConnection(client, made)
  else if (isManager(client)) wrapManager(client, kernel, made)
  else if (hasMethods(client, 'createClient')) wrapMaker(client, 'createClient', made)
  else if (hasMethods(client, 'connect')) wrapMaker(client, 'connect', made)
  else return false
  return true
}

function isChannel(client: unknown): client is AmqpChannel {
  return hasMethods(client, 'publish', 'consume')
}

function wrapChannel(channel: AmqpChannel, kernel: AmqpKernel): void {
  if (!isFirstTime(channel)) return
  const traced = watchChannel(channel, kernel)
  wrapPublish(channel, traced)
  wrapConsume(channel, traced)
  wrapGet(channel, traced)
  wrapSettlement(channel, traced)
}

function wrapConnection(connection: Record<string, Call>, made: (channel: unknown) => void): void {
  wrapMaker(connection, 'createChannel', made)
  wrapMaker(connection, 'createConfirmChannel', made)
}

/** What is made is the answer, or what the answer is a promise of, or comes to the callback behind an error. */
function wrapMaker(maker: Record<string, Call>, method: string, made: (client: unknown) => void): void {
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
  wrapMethod(maker, method, wrap)
}
