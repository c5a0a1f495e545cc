import { Component, type ReactNode } from 'react'
import { Notice } from './notice.tsx'

/** Where a page breaks, the rest stays: the bar above leads away, and reloading tries again. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Notice title="This page broke" role="alert">
        <p>
          That is a defect of Flowstitch: <code>{error.message}</code>
        </p>
        <button type="button" className="button" onClick={() => location.reload()}>
          Load it again
        </button>
      </Notice>
    )
  }
}
