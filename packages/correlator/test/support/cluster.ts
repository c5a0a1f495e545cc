import { routeSpans, Worker, type Store, type WorkerOptions } from '../../src/index.ts'

/** A body on its way to a worker. */
interface Delivery {
  partition: number
  body: Uint8Array
}

/** Workers that share nothing but bytes, and what is on its way between them. */
export class Cluster {
  readonly workers: readonly Worker[]
  /** Half-edges that nobody has taken yet. */
  readonly waiting: Delivery[] = []
  /** Whether they can't reach each other. */
  isDown = false

  constructor(
    partitions: number,
    newStore: () => Store,
    options: Omit<WorkerOptions, 'partition' | 'partitions' | 'spans' | 'halfEdges' | 'read'>,
  ) {
    this.workers = Array.from(
      { length: partitions },
      (_, partition) =>
        new Worker({
          ...options,
          partition,
          partitions,
          spans: newStore(),
          halfEdges: newStore(),
          read: (owner, read) => this.#read(owner, read),
        }),
    )
  }

  async take(request: Uint8Array): Promise<void> {
    for (const { partition, body } of routeSpans(request, this.workers.length))
      this.waiting.push(...(await this.workers[partition]!.takeSpans(body)))
  }

  /** Delivers one of what waits, which stays where it is: it may come again. */
  async deliver({ partition, body }: Delivery): Promise<void> {
    await this.workers[partition]!.takeHalfEdges(body.slice())
  }

  async #read(owner: number, read: Uint8Array): Promise<Uint8Array> {
    if (this.isDown) throw new Error(`no answer from ${owner}`)
    return this.workers[owner]!.read(read.slice()).slice()
  }

  async close(): Promise<void> {
    for (const worker of this.workers) await worker.close()
  }
}
