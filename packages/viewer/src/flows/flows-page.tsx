import { useMemo, useState, type ReactElement } from 'react'
import { useSearch } from 'wouter'
import { navigate } from '../ui/hash-location.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'
import { EmptyList } from './empty-list.tsx'
import { FilterBar } from './filter-bar.tsx'
import { formatFilters, parseFilters, type FlowFilters } from './filters.ts'
import { FlowTable } from './flow-table.tsx'
import { useFlowList, type FlowList } from './use-flow-list.ts'
import './flows.css'

export function FlowsPage(): ReactElement {
  const search = useSearch()
  useTitle('Flows')
  const filters = useMemo(() => parseFilters(search), [search])
  const [hold, setHold] = useState(false)
  const list = useFlowList(filters, hold)
  const change = (next: FlowFilters): void => navigate(`/?${formatFilters(next)}`, { replace: true })
  return (
    <div className="flows-page">
      <h1 className="visually-hidden">Flows</h1>
      <FilterBar filters={filters} onChange={change} />
      <Content list={list} filtered={search !== ''} clear={() => change({})} setHold={setHold} />
    </div>
  )
}

function Content({
  list,
  filtered,
  clear,
  setHold,
}: {
  list: FlowList
  filtered: boolean
  clear: () => void
  setHold: (hold: boolean) => void
}): ReactElement {
  if (list.rows.length > 0) return <FlowTable list={list} setHold={setHold} />
  if (list.error) return <ErrorNotice error={list.error} retry={list.retry} />
  if (list.pending) return <Notice title="Reading flows…" />
  if (!filtered) return <EmptyList />
  return (
    <Notice title="No flow matches">
      <button type="button" className="button" onClick={clear}>
        Clear filters
      </button>
    </Notice>
  )
}
