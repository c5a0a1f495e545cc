import { useEffect, useRef, useState, type ReactElement } from 'react'
import { useDestinations, useServices } from '../api/queries.ts'
import { parseDuration } from '../format/duration.ts'
import { SearchIcon } from '../ui/icons.tsx'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { FLOW_STATES, formatFilters, type FlowFilters } from './filters.ts'

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
        valid={(text) => text === '' || parseDuration(text) !== undefined}
        onChange={(min) => set('min', min)}
      />
      <TimeRange filters={filters} onChange={onChange} />
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

const TYPING_PAUSE_MS = 250

/** Reports what was typed after a pause, so that not every letter asks the server. */
function TextField({
  label,
  value,
  onChange,
  valid = () => true,
  inputRef,
  className = '',
  placeholder,
}: {
  label: string
  value: string
  onChange: (text: string) => void
  valid?: (text: string) => boolean
  inputRef?: React.Ref<HTMLInputElement>
  className?: string
  placeholder: string
}): ReactElement {
  const [text, setText] = useState(value)
  const report = useRef(onChange)
  report.current = onChange
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value || !valid(text)) return undefined
    const timer = setTimeout(() => report.current(text), TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, value, valid])
  return (
    <input
      ref={inputRef}
      className={`field ${className}`}
      aria-label={label}
      aria-invalid={!valid(text)}
      placeholder={placeholder}
      value={text}
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur()
        if (event.key === 'Enter' && valid(text)) onChange(text)
      }}
    />
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

const RANGES = ['15m', '1h', '6h', '24h', '7d']
const FIXED = 'between'

function TimeRange({ filters, onChange }: Props): ReactElement {
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

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort()
}
