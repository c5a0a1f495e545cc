import 'reflect-metadata'
import * as names from '@flowstitch/core/semconv'
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Queue, Worker } from 'bullmq'
import { expect, it, onTestFinished } from 'vitest'
import { instrumentBullmq } from '../src/index.ts'
import { each, idOf, linksOf, parentOf, setUp, startSpan } from './bench.ts'
import { connection } from './support.ts'

const bench = setUp()

class TracedQueue extends Queue {
  constructor(...args: ConstructorParameters<typeof Queue>) {
    super(...args)
    instrumentBullmq(this)
  }
}

class TracedWorker extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args)
    instrumentBullmq(this)
  }
}

class Mail extends WorkerHost {
  async process({ attemptsStarted }: { attemptsStarted: number }): Promise<void> {
    startSpan('work').end()
    if (attemptsStarted === 1) throw new RangeError('not yet')
  }
}

it('traces what NestJS makes of classes that instrument themselves', async () => {
  const { name } = bench()
  BullModule.queueClass = TracedQueue
  BullModule.workerClass = TracedWorker
  // What decorators do where they are compiled.
  Processor(name)(Mail)
  // oxlint-disable-next-line no-extraneous-class -- the modules of NestJS are
  class App {}
  const imports = [BullModule.forRoot({ connection: connection() }), BullModule.registerQueue({ name })]
  Module({ imports, providers: [Mail] })(App)
  const app = await NestFactory.createApplicationContext(App, { logger: false })
  onTestFinished(() => app.close())

  await app.get<Queue>(getQueueToken(name)).add('welcome', {}, { attempts: 2 })

  const attempts = await bench().spans('process', 2)
  const added = await bench().span('add')
  expect(each(attempts, names.ERROR_TYPE)).toEqual(['RangeError', undefined])
  for (const attempt of attempts) expect(linksOf(attempt)).toEqual([idOf(added)])
  const works = await bench().recorder.waitForAll((span) => span.name === 'work', 2)
  expect(works.map(parentOf)).toEqual(attempts.map(idOf))
})
