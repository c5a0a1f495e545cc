import { flowState, messaging, type Attributes, type Told } from './story.ts'

const GROUP = { 'messaging.consumer.group.name': 'workers' }

/** Orders that one batch handles, each message in a process span of its own, with what the batch does as a whole. */
export function batchStory(orders: number): Told[] {
  const names = Array.from({ length: orders }, (_, index) => `order${index}`)
  const sent = names.flatMap((name, index): Told[] => [
    { id: `${name}/post`, kind: 'server', at: index, for: 3 },
    {
      id: `${name}/send`,
      parent: `${name}/post`,
      kind: 'producer',
      at: index + 1,
      attributes: messaging('send', 'orders'),
    },
  ])
  const handled = names.flatMap((name, index): Told[] => [
    {
      id: `batch/process-${name}`,
      parent: 'batch/all',
      links: [`${name}/send`],
      kind: 'consumer',
      service: 'worker',
      at: 1001 + index,
      attributes: messaging('process', 'orders', GROUP),
    },
    { id: `batch/ship-${name}`, parent: `batch/process-${name}`, service: 'worker', at: 1001 + index },
  ])
  const batch: Told = {
    id: 'batch/all',
    links: names.map((name) => `${name}/send`),
    kind: 'consumer',
    service: 'worker',
    at: 1000,
    for: orders + 5,
    attributes: messaging('process', 'orders', { ...GROUP, 'messaging.batch.message_count': orders }),
  }
  const commit: Told = {
    id: 'batch/commit',
    parent: 'batch/all',
    kind: 'client',
    service: 'worker',
    at: 1003 + orders,
  }
  return [...sent, batch, ...handled, commit]
}

/** One message that fails twice and then succeeds, each attempt in a trace of its own. */
export function retryStory(outcomes: boolean[]): Told[] {
  const attempts = outcomes.map((succeeded, index): Told => ({
    id: `try${index}/process`,
    links: ['pay/publish'],
    kind: 'consumer',
    service: 'payments',
    at: 100 + index * 1000,
    for: 10,
    error: !succeeded,
    attributes: rabbit('process', 'payments', { 'flowstitch.message.attempt': index + 1 }),
  }))
  return [
    { id: 'pay/post', kind: 'server', at: 0, for: 5 },
    {
      id: 'pay/publish',
      parent: 'pay/post',
      kind: 'producer',
      at: 1,
      for: 1,
      attributes: rabbit('send', 'payments'),
    },
    ...attempts,
  ]
}

/** A batch send: a create span per message, one send span that links to them, and a consumer each. */
export function createStory(): Told[] {
  const creates = [1, 2, 3].map((number): Told => ({
    id: `fan/create${number}`,
    parent: 'fan/post',
    kind: 'producer',
    at: 1,
    attributes: messaging('create', 'parcels'),
  }))
  const consumers = [1, 2, 3].map((number): Told => ({
    id: `parcel${number}/process`,
    links: [{ to: `fan/create${number}`, attributes: { 'kafka.offset': number } }],
    kind: 'consumer',
    at: 50 + number,
    attributes: messaging('process', 'parcels', { ...GROUP, 'messaging.destination.partition.id': '0' }),
  }))
  const send: Told = {
    id: 'fan/send',
    parent: 'fan/post',
    kind: 'client',
    at: 2,
    links: [1, 2, 3].map((number) => `fan/create${number}`),
    attributes: messaging('send', 'parcels', { 'messaging.batch.message_count': 3 }),
  }
  return [{ id: 'fan/post', kind: 'server', at: 0, for: 9 }, ...creates, send, ...consumers]
}

/** A chain over several brokers, whose middle service reports nothing; the flow context goes around the gap. */
export function gapStory(): Told[] {
  return [
    { id: 'gap/post', kind: 'server', at: 0, for: 5 },
    { id: 'gap/send', parent: 'gap/post', kind: 'producer', at: 1, attributes: messaging('send', 'in') },
    {
      id: 'after/process',
      links: [{ to: 'silent/send', state: flowState('gap', 2) }],
      kind: 'consumer',
      at: 80,
      attributes: messaging('process', 'out'),
    },
    { id: 'after/work', parent: 'after/process', at: 80 },
  ]
}

export function rabbit(type: 'send' | 'process', destination: string, more: Attributes = {}): Attributes {
  return { ...messaging(type, destination), 'messaging.system.name': 'rabbitmq', ...more }
}
