import type { TreeNode } from './tree.ts'

/** One row of the drawn tree: a node and the guides before it, or how many nodes were left out there. */
export type Row = { guides: string; node: TreeNode } | { guides: string; omitted: TreeNode[] }

/** How much of a tree is drawn. */
export interface OutlineLimits {
  /** Children of one node beyond this many are summed up; those that went wrong stay. */
  maxSiblings: number
  /** Levels beyond this lose their guides on the left. */
  maxDepth: number
}

const MAX_FAULTY_SIBLINGS = 50

/** The tree row by row, top down. Works without recursion: a flow may be tens of thousands of steps deep. */
export function outline(roots: TreeNode[], { maxSiblings, maxDepth }: OutlineLimits): Row[] {
  const faulty = faultyNodes(roots)
  const rows: Row[] = []
  const stack: { row: Row; below: string; depth: number }[] = []
  const push = (nodes: TreeNode[], below: string, depth: number): void => {
    const { shown, omitted } = select(nodes, maxSiblings, faulty)
    const last = shown.length + (omitted.length > 0 ? 1 : 0) - 1
    const entries = [...shown.map((node) => ({ node })), ...(omitted.length > 0 ? [{ omitted }] : [])].map(
      (entry, index) => ({
        row: {
          ...entry,
          guides: depth === 0 ? '' : shorten(below, depth, maxDepth) + (index === last ? '└╴' : '├╴'),
        },
        below: depth === 0 ? '' : below + (index === last ? '  ' : '│ '),
        depth,
      }),
    )
    for (const entry of entries.toReversed()) stack.push(entry)
  }
  push(roots, '', 0)
  for (let next = stack.pop(); next; next = stack.pop()) {
    rows.push(next.row)
    if ('node' in next.row) push(next.row.node.children, tail(next.below, maxDepth), next.depth + 1)
  }
  return rows
}

/** Every node of a subtree, itself included. */
export function subtree(root: TreeNode): TreeNode[] {
  const nodes = [root]
  for (const node of nodes) for (const child of node.children) nodes.push(child)
  return nodes
}

function select(
  nodes: TreeNode[],
  maxSiblings: number,
  faulty: Set<TreeNode>,
): { shown: TreeNode[]; omitted: TreeNode[] } {
  if (nodes.length <= maxSiblings + 1) return { shown: nodes, omitted: [] }
  const kept = new Set([
    ...nodes.slice(0, maxSiblings),
    ...nodes.filter((node) => faulty.has(node)).slice(0, MAX_FAULTY_SIBLINGS),
  ])
  return { shown: nodes.filter((node) => kept.has(node)), omitted: nodes.filter((node) => !kept.has(node)) }
}

/** Nodes that went wrong, and all above them. */
function faultyNodes(roots: TreeNode[]): Set<TreeNode> {
  const faulty = new Set<TreeNode>()
  for (const node of roots.flatMap(subtree)) {
    if (!isFault(node)) continue
    for (let at: TreeNode | undefined = node; at && !faulty.has(at); at = at.parent) faulty.add(at)
  }
  return faulty
}

function isFault({ step, message }: TreeNode): boolean {
  if (step) return step.status === 'error'
  return message!.state === 'failed' || message!.state === 'dead-lettered' || message!.state === 'lost'
}

function shorten(below: string, depth: number, maxDepth: number): string {
  return depth - 1 > maxDepth ? `⋯ ${tail(below, maxDepth - 1)}` : below
}

/** The guides of the innermost levels, two columns each; what is cut off can never be drawn. */
function tail(below: string, levels: number): string {
  return below.length > levels * 2 ? below.slice(-levels * 2) : below
}
