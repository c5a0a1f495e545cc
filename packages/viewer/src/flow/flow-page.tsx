import { lazy, Suspense, useCallback, useMemo, type ReactElement } from 'react'
import { useSearch } from 'wouter'
import { ApiError } from '../api/client.ts'
import type { Flow } from '@flowstitch/correlator'
import { useFlow } from '../api/queries.ts'
import { DetailsPanel } from '../details/details-panel.tsx'
import { Timeline } from '../timeline/timeline.tsx'
import { navigate } from '../ui/hash-location.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { indexFlow } from './flow-index.ts'
import { FlowHeader, type FlowView } from './flow-header.tsx'
import { formatSelection, parseSelection, type Selection } from './refs.ts'
import { findVisits } from './visits.ts'
import './flow.css'

const FlowGraph = lazy(() => import('../graph/flow-graph.tsx'))

export function FlowPage({ id }: { id: string }): ReactElement {
  const { data, error, refetch } = useFlow(id)
  useTitle(data?.origin.name)
  if (data) return <FlowContent flow={data} />
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Notice title="This flow is not known here">
        <p>
          It may be older than what the server keeps, or <code>{id}</code> is not the trace id of an origin.
        </p>
        <a className="link" href="#/">
          All flows
        </a>
      </Notice>
    )
  }
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />
  return <Notice title="Reading the flow…" />
}

function FlowContent({ flow }: { flow: Flow }): ReactElement {
  const index = useMemo(() => indexFlow(flow), [flow])
  const visits = useMemo(() => findVisits(index), [index])
  const services = useMemo(() => [...new Set(visits.all.map(({ service }) => service))], [visits])
  const { view, selection, setView, select } = useFlowAddress(flow.id)

  useShortcuts({
    g: () => setView('graph'),
    t: () => setView('timeline'),
    Escape: () => (selection ? select(undefined) : navigate('/')),
  })
  const shared = { index, visits, selection, select }
  return (
    <div className="flow-page" data-details={selection !== undefined}>
      <FlowHeader flow={flow} services={services} view={view} setView={setView} select={select} />
      <section className="flow-view" aria-label={view === 'graph' ? 'Graph' : 'Timeline'} role="tabpanel">
        {view === 'timeline' ? (
          <Timeline {...shared} />
        ) : (
          <Suspense fallback={<Notice title="Loading the graph…" />}>
            <FlowGraph {...shared} showTimeline={() => setView('timeline')} />
          </Suspense>
        )}
      </section>
      {selection && <DetailsPanel {...shared} selection={selection} />}
    </div>
  )
}

/** View and selection stand in the address, so that a copied link shows the same. */
function useFlowAddress(flowId: string) {
  const params = new URLSearchParams(useSearch())
  const view: FlowView = params.get('view') === 'timeline' ? 'timeline' : 'graph'
  const picked = params.get('select')
  const selection = useMemo(() => parseSelection(picked), [picked])
  const go = useCallback(
    (nextView: FlowView, next: Selection | undefined) => {
      const search = new URLSearchParams()
      if (nextView === 'timeline') search.set('view', nextView)
      if (next) search.set('select', formatSelection(next))
      navigate(`/flows/${flowId}?${search}`, { replace: true })
    },
    [flowId],
  )
  return {
    view,
    selection,
    setView: useCallback((next: FlowView) => go(next, selection), [go, selection]),
    select: useCallback((next: Selection | undefined) => go(view, next), [go, view]),
  }
}
