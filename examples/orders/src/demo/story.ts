import { fileURLToPath } from 'node:url'
import type { LogEntry } from '../log.ts'
import { Child } from './child.ts'
import { Ledger } from './ledger.ts'

export const allServices = [
  'shop',
  'worker',
  'payments',
  'dead-letters',
  'shipping',
  'notifier',
  'auditor',
] as const

export type ServiceName = (typeof allServices)[number]

export interface StorySettings {
  /** Environment of every process: where the brokers are, the prefix of names, where spans go. */
  readonly env: NodeJS.ProcessEnv
  /** Other programs in place of the example's own: absolute paths. */
  readonly instead?: Partial<Record<ServiceName, string>>
}

/** The services, each a process of its own, and what they say they did. */
export class Story {
  readonly ledger: Ledger = new Ledger()
  /** Rejects when a service ends that nobody has stopped. */
  readonly broken: Promise<never>
  readonly #settings: StorySettings
  readonly #running = new Map<ServiceName, Child>()
  #shopUrl = ''
  #break: (error: Error) => void = () => {}

  constructor(settings: StorySettings) {
    this.#settings = settings
    this.broken = new Promise((_, reject) => (this.#break = reject))
    this.broken.catch(() => {})
  }

  /** Makes the topic, the queues and the streams; `remove` takes them away again. */
  async infrastructure(change: 'create' | 'remove'): Promise<void> {
    const child = new Child(fileOf('infrastructure.ts'), [change], this.#settings.env)
    const { code, lastWords } = await child.ended()
    if (code !== 0) throw new Error(`The queues could not be ${change}d:\n${lastWords}`)
  }

  /** Resolves when the services say that they are ready. */
  async start(...names: readonly ServiceName[]): Promise<void> {
    await Promise.all(names.map((name) => this.#start(name)))
  }

  async stop(...names: readonly ServiceName[]): Promise<void> {
    const children = names.flatMap((name) => this.#running.get(name) ?? [])
    for (const name of names) this.#running.delete(name)
    await Promise.all(children.map((child) => child.stop()))
  }

  /** Orders something; answers with the order's number. */
  async order(item: string, amount: number): Promise<number> {
    const response = await fetch(new URL('/orders', this.#shopUrl), {
      method: 'POST',
      body: JSON.stringify({ item, amount }),
    })
    if (!response.ok) throw new Error(`The shop answered ${response.status}: ${await response.text()}`)
    return ((await response.json()) as { number: number }).number
  }

  async #start(name: ServiceName): Promise<void> {
    const { env, instead } = this.#settings
    const child = new Child(instead?.[name] ?? fileOf(`services/${name}.ts`), [], {
      PORT: '0',
      ...env,
      OTEL_SERVICE_NAME: name,
    })
    this.#running.set(name, child)
    const ready = Promise.withResolvers<void>()
    child.onLine((line) => {
      const entry = entryOf(line)
      if (entry?.url !== undefined) this.#shopUrl = entry.url
      if (entry?.event === 'ready') ready.resolve()
      else if (entry) this.ledger.add(entry)
    })
    await Promise.race([ready.promise, this.#watch(name, child)])
  }

  /** Rejects when the service ends. */
  async #watch(name: ServiceName, child: Child): Promise<never> {
    const { code, lastWords } = await child.ended()
    const error = new Error(`The service ${name} ended (${code ?? 'killed'}):\n${lastWords}`)
    if (this.#running.get(name) === child) this.#break(error)
    throw error
  }
}

function fileOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}

/** Clients write lines of their own between those of the services. */
function entryOf(line: string): LogEntry | undefined {
  try {
    const entry = JSON.parse(line) as LogEntry
    return typeof entry.service === 'string' ? entry : undefined
  } catch {
    return undefined
  }
}
