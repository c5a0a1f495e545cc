import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { getJson } from './client.ts'
import { readFlow } from './read-flow.ts'
import { onFlow, onMissed } from './live.ts'
import type { DestinationReports, Flow, FlowSummary, ShapeReports, Topology } from '@flowstitch/correlator'

/** The numbers of pages that sum up everything are read again this often. */
const SUMS_EVERY_MS = 5000
/** A flow in motion changes with every span; it is read again this often at most. */
const FLOW_EVERY_MS = 1000

/** One flow, read again while it changes. */
export function useFlow(id: string): UseQueryResult<Flow> {
  const queries = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const readAgain = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        void queries.invalidateQueries({ queryKey: ['flow', id] })
      }, FLOW_EVERY_MS)
    }
    const stopFlows = onFlow((summary) => {
      const known = queries.getQueryData<Flow>(['flow', id])
      if (summary.id === id && summary.version > (known?.version ?? -1)) readAgain()
    })
    const stopMissed = onMissed(readAgain)
    return () => {
      clearTimeout(timer)
      stopFlows()
      stopMissed()
    }
  }, [id, queries])
  return useQuery({
    queryKey: ['flow', id],
    queryFn: ({ signal }) => readFlow(id, signal),
  })
}

/** Every flow that passes through a trace. */
export function useTraceFlows(traceId: string, enabled: boolean): UseQueryResult<FlowSummary[]> {
  return useQuery({
    queryKey: ['trace', traceId],
    queryFn: async ({ signal }) => {
      const path = `traces/${encodeURIComponent(traceId)}/flows`
      return (await getJson<{ flows: FlowSummary[] }>(path, {}, signal)).flows
    },
    enabled,
  })
}

export function useTopology(): UseQueryResult<Topology> {
  return useQuery({
    queryKey: ['topology'],
    queryFn: ({ signal }) => getJson<Topology>('topology', {}, signal),
    refetchInterval: SUMS_EVERY_MS,
  })
}

/** Names of all services that have been seen. */
export function useServices(): string[] {
  const nodes = useTopology().data?.nodes ?? []
  return nodes.filter((node) => node.kind === 'service').map((node) => node.name)
}

export function useDestinations(): UseQueryResult<DestinationReports> {
  return useQuery({
    queryKey: ['destinations'],
    queryFn: ({ signal }) => getJson<DestinationReports>('destinations', {}, signal),
    refetchInterval: SUMS_EVERY_MS,
  })
}

/** Shapes of the flows of this many origins, which most systems don't have. */
const MOST_ORIGINS = 500

export function useShapes(): UseQueryResult<ShapeReports> {
  return useQuery({
    queryKey: ['shapes'],
    queryFn: ({ signal }) => getJson<ShapeReports>('shapes', { limit: MOST_ORIGINS }, signal),
    refetchInterval: SUMS_EVERY_MS,
  })
}

/** The ids of shapes that few flows have. */
export function useRareShapes(): ReadonlySet<string> {
  const origins = useShapes().data?.origins
  return useMemo(
    () => new Set(origins?.flatMap(({ shapes }) => shapes.flatMap(({ id, rare }) => (rare ? id : [])))),
    [origins],
  )
}
