import type { ReactElement } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'

/** The API's own words, for whoever wants to search for them elsewhere. */
export function Raw({ value }: { value: unknown }): ReactElement {
  const text = JSON.stringify(value, undefined, 2)
  return (
    <details className="raw">
      <summary>
        As the API tells it <CopyButton text={text} what="JSON" />
      </summary>
      <pre>{text}</pre>
    </details>
  )
}
