import { lazy, Suspense, type ReactElement } from 'react'
import { useTopology } from '../api/queries.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'
import { EdgeTable } from './edge-table.tsx'
import './topology.css'

const TopologyGraph = lazy(() => import('./topology-graph.tsx'))

/** Services, destinations and consumer groups, and what moves between them. */
export function TopologyPage(): ReactElement {
  const { data, error, refetch } = useTopology()
  useTitle('Topology')
  if (error && !data) return <ErrorNotice error={error} retry={() => void refetch()} />
  if (!data) return <Notice title="Reading the topology…" />
  if (data.nodes.length === 0) return <Notice title="No services yet" />
  return (
    <div className="topology">
      <h1 className="visually-hidden">Topology</h1>
      <Suspense fallback={<Notice title="Loading the map…" />}>
        <TopologyGraph topology={data} />
      </Suspense>
      <EdgeTable topology={data} />
    </div>
  )
}
