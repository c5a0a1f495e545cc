import type { Flow, FlowState } from '@flowstitch/correlator'
import { FlowBuilder, hex } from './flow-builder.ts'

/** An order through five brokers, as the demo makes them; the payment fails twice before it succeeds. */
export function orderFlow(name: string, startEpochMs: number, state: FlowState = 'quiet'): Flow {
  const flow = new FlowBuilder(name, startEpochMs)
  const post = flow.step({ service: 'shop', name: 'POST /orders', kind: 'server', at: 0, ms: 23 })
  flow.step({ service: 'shop', name: 'INSERT orders', kind: 'client', at: 3, ms: 7, parent: post })
  const orders = flow.send(post, 'kafka', 'orders', { at: 12, ms: 5, coordinate: 'kafka/orders/3/1842' })
  const worker = flow.process(orders, { service: 'worker', group: 'fulfilment', at: 64, ms: 41 })
  flow.step({ service: 'worker', name: 'SELECT customers', kind: 'client', at: 68, ms: 12, parent: worker })
  const payments = flow.send(worker, 'rabbitmq', 'payments', { at: 92, ms: 4, id: 'pay-1842' })
  flow.process(payments, { service: 'billing', at: 110, ms: 31, errorType: 'card_declined' })
  flow.process(payments, { service: 'billing', number: 2, at: 352, ms: 28, errorType: 'card_declined' })
  const paid = flow.process(payments, { service: 'billing', number: 3, at: 848, ms: 47 })
  flow.step({
    service: 'billing',
    name: 'POST api.bank.example',
    kind: 'client',
    at: 852,
    ms: 22,
    parent: paid,
  })
  const shipping = flow.send(paid, 'aws_sqs', 'shipping', { at: 880, ms: 9, id: '7f3e0c52-9a1b' })
  const label = flow.process(shipping, { service: 'shipping-fn', at: 1012, ms: 66 })
  flow.step({ service: 'shipping-fn', name: 'render label', at: 1018, ms: 35, parent: label })
  const notes = flow.send(label, 'nats', 'notifications', {
    at: 1066,
    ms: 2,
    coordinate: 'nats/NOTIFICATIONS/771',
  })
  const mail = flow.process(notes, { service: 'notifier', group: 'mail', at: 1081, ms: 38 })
  const audit = flow.send(mail, 'redis', 'audit', {
    at: 1102,
    ms: 2,
    coordinate: 'redis/audit/1762180921104-0',
  })
  flow.process(audit, { service: 'auditor', group: 'audit', at: 1131, ms: 12 })
  return flow.build(state)
}

/** An order whose payment is given up: every attempt fails, and the message ends in the dead-letter queue. */
export function deadLetterFlow(name: string, startEpochMs: number): Flow {
  const flow = new FlowBuilder(name, startEpochMs)
  const post = flow.step({ service: 'shop', name: 'POST /orders', kind: 'server', at: 0, ms: 19 })
  const orders = flow.send(post, 'kafka', 'orders', { at: 10, ms: 4, coordinate: 'kafka/orders/1/1843' })
  const worker = flow.process(orders, { service: 'worker', group: 'fulfilment', at: 51, ms: 24 })
  const payments = flow.send(worker, 'rabbitmq', 'payments', {
    at: 66,
    ms: 4,
    id: 'pay-1843',
    state: 'dead-lettered',
  })
  flow.process(payments, { service: 'billing', at: 90, ms: 26, errorType: 'card_declined' })
  flow.process(payments, { service: 'billing', number: 2, at: 331, ms: 27, errorType: 'card_declined' })
  flow.process(payments, { service: 'billing', number: 3, at: 812, ms: 30, errorType: 'card_declined' })
  return flow.build('failed')
}

/** One batch handles messages of several flows; its steps are shared, what it does per message is not. */
export function batchFlows(name: string, startEpochMs: number, count: number): Flow[] {
  const names = Array.from({ length: count }, (_, position) => `${name} ${position}`)
  const ids = names.map((each) => new FlowBuilder(each, 0).id)
  const batchRef = { traceId: hex(`${name} batch`, 32), spanId: hex(`${name} batch`, 16) }
  return names.map((each, position) => {
    const flow = new FlowBuilder(each, startEpochMs + position)
    const post = flow.step({ service: 'shop', name: 'POST /carts', kind: 'server', at: 0, ms: 9 })
    const carts = flow.send(post, 'kafka', 'carts', { at: 4, coordinate: `kafka/carts/0/${position}` })
    const batch = flow.step({
      service: 'indexer',
      name: 'process carts',
      kind: 'consumer',
      operation: 'process',
      system: 'kafka',
      destination: 'carts',
      at: 210 - position,
      ms: 80,
      ref: batchRef,
      shared: true,
    })
    const handled = flow.step({
      service: 'indexer',
      name: 'process carts',
      kind: 'consumer',
      operation: 'process',
      system: 'kafka',
      destination: 'carts',
      at: 215,
      ms: 3,
      parent: batch,
    })
    flow.attempt(carts, handled, { number: 1, outcome: 'succeeded', consumerGroup: 'indexers' })
    flow.step({
      service: 'indexer',
      name: 'bulk index',
      kind: 'client',
      at: 250 - position,
      ms: 31,
      parent: batch,
      ref: { ...batchRef, spanId: hex(`${name} bulk`, 16) },
      shared: true,
    })
    const built = flow.build()
    built.messages[0]!.flowIds = ids
    built.edges.push(
      { from: carts.sent!, to: batch, evidence: 'link', messageKey: carts.key, mayCause: true },
      { from: carts.sent!, to: handled, evidence: 'link', messageKey: carts.key },
    )
    return built
  })
}

/** One export that is cut into many messages, each handled by itself. */
export function fanOutFlow(name: string, startEpochMs: number, messages: number): Flow {
  const flow = new FlowBuilder(name, startEpochMs)
  const cron = flow.step({ service: 'scheduler', name: 'nightly export', at: 0, ms: 40 + messages })
  for (let n = 0; n < messages; n += 1) {
    const chunk = flow.send(cron, 'aws_sqs', 'export-chunks', { at: 5 + n, ms: 2, id: `chunk-${n}` })
    const late = n % 37 === 5 ? 400 : 0
    flow.process(chunk, {
      service: 'exporter',
      at: 60 + n * 1.7 + late,
      ms: 12 + (n % 7) * 3,
      ...(n % 97 === 13 && { errorType: 'timeout' }),
    })
  }
  return flow.build()
}

/** A trial that ends days later: reminders through a delay queue, one guess in between, one message on its way. */
export function longFlow(name: string, startEpochMs: number): Flow {
  const day = 86_400_000
  const flow = new FlowBuilder(name, startEpochMs)
  const post = flow.step({ service: 'accounts', name: 'POST /trials', kind: 'server', at: 0, ms: 31 })
  const first = flow.send(post, 'rabbitmq', 'reminders', { at: 20, id: 'r-1' })
  const mail = flow.process(first, { service: 'mailer', at: 2 * day + 15_000, ms: 210 })
  flow.step({ service: 'mailer', name: 'render', at: 2 * day + 15_020, ms: 90, parent: mail })
  const second = flow.send(mail, 'rabbitmq', 'trial-end', { at: 2 * day + 15_180, id: 'r-2' })
  const end = flow.process(second, {
    service: 'accounts',
    at: 5 * day + 2000,
    ms: 130,
    evidence: 'flow-context',
  })
  const cleanup = flow.step({
    service: 'janitor',
    name: 'close trial',
    at: 5 * day + 2400,
    ms: 75,
    trace: 'janitor',
  })
  flow.edge(end, cleanup, 'inferred')
  flow.send(cleanup, 'nats', 'trials.closed', { at: 5 * day + 2450, state: 'in-flight' })
  return flow.build('stalled')
}

/** One job after the other, each step of it of its own kind; too many boxes for a graph. */
export function chainFlow(name: string, startEpochMs: number, hops: number): Flow {
  const flow = new FlowBuilder(name, startEpochMs)
  let step = flow.step({ service: 'crawler', name: 'start crawl', at: 0, ms: 5 })
  for (let hop = 0; hop < hops; hop += 1) {
    const next = flow.send(step, 'redis', 'pages', { at: hop * 10 + 2, ms: 1 })
    step = flow.process(next, { service: 'crawler', name: `crawl depth ${hop}`, at: hop * 10 + 7, ms: 5 })
  }
  return flow.build()
}
