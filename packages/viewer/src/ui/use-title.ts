import { useEffect } from 'react'

/** Names the tab, so that several are told apart. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · Flowstitch` : 'Flowstitch'
  }, [title])
}
