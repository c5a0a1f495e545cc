import { createContext, use } from 'react'
import type { FlowIndex } from '../flow/flow-index.ts'

/** What the boxes of a flow's graph share; apart from their data, so that a selection draws only what changes. */
export interface GraphContextValue {
  index: FlowIndex
  /** Selection id. */
  selected: string | undefined
  /** Shows the details of a step or message, or several of them one by one. */
  open: (item: { id: string; unfolds?: string }) => void
  /** Shows all steps of a lane. */
  expand: (lane: string) => void
}

export const GraphContext = createContext<GraphContextValue | undefined>(undefined)

export function useGraph(): GraphContextValue {
  const value = use(GraphContext)
  if (!value) throw new Error('Boxes of a graph need a GraphContext around them.')
  return value
}
