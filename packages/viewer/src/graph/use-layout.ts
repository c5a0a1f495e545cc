import { useEffect, useState } from 'react'
import { layOutToFit, type InputOf, type Layout } from './layout.ts'

/** What the page's own bars take of the window's height. */
const BARS_HEIGHT = 150

/** The layout of the newest input; the former one stays until the next is there. */
export function useLayout(inputOf: InputOf | undefined): {
  layout: Layout | undefined
  error: Error | undefined
} {
  const [layout, setLayout] = useState<Layout>()
  const [error, setError] = useState<Error>()
  useEffect(() => {
    if (!inputOf) return undefined
    let wanted = true
    const update = async (): Promise<void> => {
      try {
        const done = await layOutToFit(inputOf, { width: innerWidth, height: innerHeight - BARS_HEIGHT })
        if (!wanted) return
        setLayout(done)
        setError(undefined)
      } catch (reason) {
        if (wanted) setError(reason instanceof Error ? reason : new Error(String(reason)))
      }
    }
    void update()
    return () => {
      wanted = false
    }
  }, [inputOf])
  return { layout, error }
}
