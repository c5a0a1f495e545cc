import { useSyncExternalStore } from 'react'

/**
 * Path and query both live behind the `#`, so that the page works from any folder of any static server
 * and a copied address opens the same view.
 */
export function useHashLocation(): [string, typeof navigate] {
  return [useSyncExternalStore(subscribe, () => split()[0]), navigate]
}

useHashLocation.hrefs = (href: string): string => `#${href}`

export function useHashSearch(): string {
  return useSyncExternalStore(subscribe, () => split()[1])
}

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const url = new URL(location.href)
  url.hash = to
  history[options.replace ? 'replaceState' : 'pushState'](null, '', url)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

function split(): [path: string, search: string] {
  const hash = location.hash.replace(/^#?\/?/, '/')
  const mark = hash.indexOf('?')
  return mark < 0 ? [hash, ''] : [hash.slice(0, mark), hash.slice(mark + 1)]
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  addEventListener('popstate', listener)
  return () => {
    removeEventListener('hashchange', listener)
    removeEventListener('popstate', listener)
  }
}
