import type { Flow } from '@flowstitch/correlator'
import type { Client } from '../client.ts'

const READS_AT_A_TIME = 8

/** Reads flows by their ids, a few at a time; those that are gone by now are left out. */
export async function readFlows(client: Client, ids: string[]): Promise<Flow[]> {
  const flows: Flow[] = []
  for (let from = 0; from < ids.length; from += READS_AT_A_TIME) {
    const read = await Promise.all(ids.slice(from, from + READS_AT_A_TIME).map((id) => client.flow(id)))
    flows.push(...read.filter((flow) => flow !== undefined))
  }
  return flows
}
