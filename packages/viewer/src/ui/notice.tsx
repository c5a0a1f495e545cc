import type { ReactElement, ReactNode } from 'react'

/** A calm message in place of content: nothing there, something failed, still loading. */
export function Notice({
  title,
  children,
  role = 'status',
}: {
  title: string
  children?: ReactNode
  role?: 'status' | 'alert'
}): ReactElement {
  return (
    <div className="notice" role={role}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

export function ErrorNotice({ error, retry }: { error: Error; retry: () => void }): ReactElement {
  return (
    <Notice title="This could not be read" role="alert">
      <p>{error.message}</p>
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    </Notice>
  )
}
