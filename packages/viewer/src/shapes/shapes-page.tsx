import { useMemo, type ReactElement } from 'react'
import { Link } from 'wouter'
import type { OriginReport, ShapeReport } from '@flowstitch/correlator'
import { useShapes } from '../api/queries.ts'
import { CoverageNote } from '../destinations/coverage-note.tsx'
import { formatCount, plural } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { ErrorNotice, Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'
import { depthsOf } from './outline.ts'
import { ShapeStepName } from './shape-step.tsx'
import './shapes.css'

/** What flows do, by what they start with; origins with the most flows first. */
export function ShapesPage(): ReactElement {
  const { data, error, refetch } = useShapes()
  useTitle('Shapes')
  const origins = useMemo(() => data?.origins.toSorted((a, b) => b.flows - a.flows) ?? [], [data])
  if (error && !data) return <ErrorNotice error={error} retry={() => void refetch()} />
  if (!data) return <Notice title="Reading shapes…" />
  if (origins.length === 0) return <Notice title="No flow has come to rest yet" />
  return (
    <div className="page">
      <h1>Shapes</h1>
      <CoverageNote coverage={data} />
      {data.skippedTraces !== undefined && (
        <p className="coverage" role="note">
          Flows came faster than they could be looked at: this is a sample.
        </p>
      )}
      {origins.map((origin) => (
        <Origin key={`${origin.service} ${origin.name}`} origin={origin} />
      ))}
    </div>
  )
}

function Origin({ origin }: { origin: OriginReport }): ReactElement {
  const { service, name, flows, shapes, otherFlows } = origin
  return (
    <section className="shape-origin" aria-label={`${name} in ${service}`}>
      <h2>
        {name} <span className="muted">{service}</span> <span className="muted">{plural(flows, 'flow')}</span>
      </h2>
      <div className="shapes">
        {shapes.map((shape) => (
          <Shape key={shape.id} shape={shape} ofFlows={flows} />
        ))}
      </div>
      {otherFlows !== undefined && <p className="muted">{plural(otherFlows, 'flow')} of other shapes</p>}
    </section>
  )
}

function Shape({ shape, ofFlows }: { shape: ShapeReport; ofFlows: number }): ReactElement {
  const { id, flows, failed, rare, durationMs, steps } = shape
  const depths = depthsOf(steps)
  return (
    <article className="shape" aria-label={`Shape ${id}`}>
      <header>
        <strong className="shape-share">{percent(flows, ofFlows)}</strong>
        <Link href={`/?shape=${id}`} className="link">
          {plural(flows, 'flow')}
        </Link>
        {failed > 0 && <span className="bad">{formatCount(failed)} failed</span>}
        {rare && <span className="warning-tag">rare</span>}
        <span className="muted shape-times">
          p50 {formatDuration(durationMs.p50)} · p99 {formatDuration(durationMs.p99)}
        </span>
      </header>
      <ol className="shape-steps">
        {steps.map((step, place) => (
          <li key={place} style={{ paddingInlineStart: `${depths[place]! * 16}px` }}>
            <ShapeStepName step={step} />
          </li>
        ))}
      </ol>
    </article>
  )
}

function percent(part: number, whole: number): string {
  const share = (100 * part) / whole
  return share < 1 ? '<1 %' : `${Math.round(share)} %`
}
