import type { ElkNode } from 'elkjs/lib/elk-api.js'
import { useEffect, useState } from 'react'
import { layOut, type Layout } from './layout.ts'

/** The layout of the newest input; the former one stays until the next is there. */
export function useLayout(input: ElkNode | undefined): {
  layout: Layout | undefined
  error: Error | undefined
} {
  const [layout, setLayout] = useState<Layout>()
  const [error, setError] = useState<Error>()
  useEffect(() => {
    if (!input) return undefined
    let wanted = true
    layOut(input).then(
      (done) => {
        if (!wanted) return
        setLayout(done)
        setError(undefined)
      },
      (reason: unknown) => wanted && setError(reason instanceof Error ? reason : new Error(String(reason))),
    )
    return () => {
      wanted = false
    }
  }, [input])
  return { layout, error }
}
