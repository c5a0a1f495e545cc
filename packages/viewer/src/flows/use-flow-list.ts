import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { getJson } from '../api/client.ts'
import { onFlow, onMissed } from '../api/live.ts'
import type { FlowSummary } from '@flowstitch/correlator'
import { matches, toApiParams, type FlowFilters } from './filters.ts'
import { addChanges, mergeRows, MOST_CHANGES, NO_CHANGES, showHeld, type ListRows } from './live-list.ts'

const PAGE_SIZE = 100
/** Changes are shown together, this often at most: a busy system changes hundreds of flows a second. */
const SHOW_EVERY_MS = 250
const READ_AGAIN_MS = 2000

interface FlowPage {
  flows: FlowSummary[]
  cursor?: string
}

export interface FlowList extends ListRows {
  pending: boolean
  error: Error | null
  hasMore: boolean
  loadMore: () => void
  /** Shows the flows that wait. */
  release: () => void
  retry: () => void
}

/** The flows that the filters let through, kept up to date; new ones wait while `hold` is true. */
export function useFlowList(filters: FlowFilters, hold: boolean): FlowList {
  const query = useInfiniteQuery({
    queryKey: ['flows', filters],
    queryFn: ({ pageParam, signal }) =>
      getJson<FlowPage>(
        'flows',
        { ...toApiParams(filters, Date.now()), limit: PAGE_SIZE, cursor: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor,
    placeholderData: (previous) => previous,
  })
  const { refetch, fetchNextPage } = query
  const { changes, release } = useChanges(filters, hold, () => void refetch())
  const merged = useMemo(
    () => mergeRows(query.data?.pages.flatMap((page) => page.flows) ?? [], changes),
    [query.data, changes],
  )
  return {
    ...merged,
    pending: query.isPending,
    error: query.error,
    hasMore: query.hasNextPage && !query.isFetchingNextPage,
    loadMore: () => void fetchNextPage(),
    release,
    retry: () => void refetch(),
  }
}

function useChanges(filters: FlowFilters, hold: boolean, readAgain: () => void) {
  const [changes, setChanges] = useState(NO_CHANGES)
  const latest = useRef({ hold, readAgain })
  latest.current = { hold, readAgain }

  useEffect(() => {
    setChanges(NO_CHANGES)
    let waiting: FlowSummary[] = []
    let readAt = 0
    const readSoon = (): void => {
      if (readAt === 0) readAt = Date.now() + READ_AGAIN_MS
    }
    const stopFlows = onFlow((flow) => {
      const verdict = matches(filters, flow, Date.now())
      if (verdict === 'unknown') readSoon()
      else if (verdict === 'yes') waiting.push(flow)
    })
    const stopMissed = onMissed(() => latest.current.readAgain())
    const timer = setInterval(() => {
      if (readAt !== 0 && Date.now() >= readAt) {
        readAt = 0
        latest.current.readAgain()
      }
      if (waiting.length === 0) return
      const flows = waiting
      waiting = []
      setChanges((before) => {
        if (before.byId.size > MOST_CHANGES) return (latest.current.readAgain(), NO_CHANGES)
        const after = addChanges(before, flows)
        return latest.current.hold ? after : showHeld(after)
      })
    }, SHOW_EVERY_MS)
    return () => {
      clearInterval(timer)
      stopFlows()
      stopMissed()
    }
  }, [filters])

  useEffect(() => {
    if (!hold) setChanges(showHeld)
  }, [hold])

  return { changes, release: () => setChanges(showHeld) }
}
