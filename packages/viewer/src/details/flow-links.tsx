import type { ReactElement } from 'react'
import { Link } from 'wouter'

/** A hub can belong to hundreds of flows. */
const MOST_SHOWN = 20

/** Leads to the other flows that a step or message belongs to. */
export function FlowLinks({ ids, own }: { ids: readonly string[]; own: string }): ReactElement {
  const others = ids.filter((id) => id !== own)
  return (
    <ul className="relations">
      {others.slice(0, MOST_SHOWN).map((id) => (
        <li key={id}>
          <Link href={`/flows/${id}`} className="link truncate">
            <code>{id}</code>
          </Link>
        </li>
      ))}
      {others.length > MOST_SHOWN && <li className="muted">and {others.length - MOST_SHOWN} more</li>}
    </ul>
  )
}
