import { useRef, type ReactElement } from 'react'
import { useDestinations, useServices } from '../api/queries.ts'
import { parseDuration } from '../format/duration.ts'
import { SearchIcon } from '../ui/icons.tsx'
import { TextField } from '../ui/text-field.tsx'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { FLOW_STATES, formatFilters, type FlowFilters } from './filters.ts'
import { TimeRange } from './time-range.tsx'

interface Props {
  filters: FlowFilters
  onChange: (filters: FlowFilters) => void
}

export function FilterBar({ filters, onChange }: Props): ReactElement {
  const destinations = useDestinations().data?.destinations ?? []
  const services = useServices()
  const set = (name: keyof FlowFilters, value: string): void => {
    const { [name]: _, ...rest } = filters
    onChange(value === '' ? rest : { ...rest, [name]: value })
  }
  return (
    <search className="filter-bar" aria-label="Filter flows">
      <SearchField value={filters.q ?? ''} onChange={(q) => set('q', q)} />
      <StateChips value={filters.state} onChange={(state) => set('state', state)} />
      <Choice name="Service" value={filters.service} options={services} onChange={(v) => set('service', v)} />
      <Choice
        name="Destination"
        value={filters.destination}
        options={unique(destinations.map((report) => report.destination))}
        onChange={(value) => set('destination', value)}
      />
      <Choice
        name="System"
        value={filters.system}
        options={unique(destinations.map((report) => report.system))}
        onChange={(value) => set('system', value)}
      />
      <TextField
        className="filter-duration"
        label="Minimum duration"
        placeholder="Longer than, e.g. 2s"
        value={filters.min ?? ''}
        valid={isDuration}
        onChange={(min) => set('min', min)}
      />
      <TimeRange filters={filters} onChange={onChange} />
      {filters.shape && (
        <button
          type="button"
          className="filter-shape"
          title="Of all shapes again"
          onClick={() => set('shape', '')}
        >
          shape <code>{filters.shape}</code> ×
        </button>
      )}
      {formatFilters(filters) !== '' && (
        <button type="button" className="link" onClick={() => onChange({})}>
          Clear
        </button>
      )}
    </search>
  )
}

function SearchField({ value, onChange }: { value: string; onChange: (q: string) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  useShortcuts({ '/': () => input.current?.focus() })
  return (
    <label className="filter-search">
      <SearchIcon />
      <TextField
        inputRef={input}
        label="Search"
        placeholder="Search ids, services, spans, destinations"
        value={value}
        onChange={onChange}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  )
}

function StateChips({
  value = '',
  onChange,
}: {
  value: string | undefined
  onChange: (state: string) => void
}): ReactElement {
  return (
    <div className="chips" role="group" aria-label="State">
      {['', ...FLOW_STATES].map((state) => (
        <button key={state} type="button" aria-pressed={state === value} onClick={() => onChange(state)}>
          {state || 'all'}
        </button>
      ))}
    </div>
  )
}

function Choice({
  name,
  value = '',
  options,
  onChange,
}: {
  name: string
  value: string | undefined
  options: readonly string[]
  onChange: (value: string) => void
}): ReactElement {
  return (
    <select
      className="field filter-choice"
      aria-label={name}
      value={value}
      data-chosen={value !== ''}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{name}</option>
      {unique([...options, ...(value ? [value] : [])]).map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  )
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}

function isDuration(text: string): boolean {
  return text === '' || parseDuration(text) !== undefined
}
