import { useState, type ReactElement } from 'react'
import type { FlowFilters } from './filters.ts'

const RANGES = ['15m', '1h', '6h', '24h', '7d']
const FIXED = 'between'

/** When flows began: a while back from now, or between two times. */
export function TimeRange({
  filters,
  onChange,
}: {
  filters: FlowFilters
  onChange: (filters: FlowFilters) => void
}): ReactElement {
  const [picking, setPicking] = useState(false)
  const { last, since, until, ...rest } = filters
  const fixed = picking || since !== undefined || until !== undefined
  const choose = (range: string): void => {
    setPicking(range === FIXED)
    if (range !== FIXED) onChange(range === '' ? rest : { ...rest, last: range })
  }
  const limit = (name: 'since' | 'until') => (
    <input
      className="field"
      type="datetime-local"
      aria-label={name === 'since' ? 'From' : 'To'}
      value={filters[name] ?? ''}
      onChange={({ target }) =>
        onChange({ ...rest, since: since ?? '', until: until ?? '', [name]: target.value })
      }
    />
  )
  return (
    <>
      <select
        className="field filter-choice"
        aria-label="Time range"
        value={fixed ? FIXED : (last ?? '')}
        data-chosen={fixed || last !== undefined}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">Any time</option>
        {RANGES.map((range) => (
          <option key={range} value={range}>
            Last {range}
          </option>
        ))}
        <option value={FIXED}>Between…</option>
      </select>
      {fixed && limit('since')}
      {fixed && limit('until')}
    </>
  )
}
