import type { Attempt, Edge, Flow, Message, Step, StepRef } from '@flowstitch/correlator'

/** A step or a message in the tree of what caused what. */
export interface TreeNode {
  step?: Step
  message?: Message
  /** The deliveries whose innermost step this is. */
  deliveries: Delivery[]
  /** The edge that put it here, when it is not a plain parent. */
  cause?: Edge
  startUnixNano: bigint
  endUnixNano: bigint
  parent?: TreeNode
  children: TreeNode[]
}

/** One attempt and the message it is one of. */
export interface Delivery {
  message: Message
  attempt: Attempt
}

/**
 * A flow as a tree by causality: every step and every message once, a message under the step that sent it,
 * what a delivery did under its message. A flow is a graph; a node with several causes stands under the
 * closest: the step that contains it, else the message that came first. The flow's origin is the first root.
 */
export function causalTree(flow: Flow): TreeNode[] {
  const index = indexOf(flow)
  const nodes = [...index.steps.values(), ...index.messages.values()].sort(byStart)
  for (const node of nodes) place(node, index)
  const origin = index.steps.get(keyOf(flow.origin))
  return nodes
    .filter((node) => !node.parent)
    .sort((a, b) => Number(b === origin) - Number(a === origin) || byStart(a, b))
}

interface Index {
  steps: Map<string, TreeNode>
  messages: Map<string, TreeNode>
  /** What leads to a step, by the step's key. */
  incoming: Map<string, Edge[]>
  /** What a step sent, by the step's key. */
  sent: Map<string, Message[]>
}

/** The identity of a step within a flow. */
export function keyOf({ traceId, spanId }: StepRef): string {
  return `${traceId}:${spanId}`
}

function indexOf(flow: Flow): Index {
  const steps = new Map(flow.steps.map((step) => [keyOf(step), stepNode(step)]))
  const messages = new Map(flow.messages.map((message) => [message.key, messageNode(message, steps)]))
  const incoming = Map.groupBy(flow.edges, ({ to }) => keyOf(to))
  const sent = Map.groupBy(flow.messages, (message) => (message.sent ? keyOf(message.sent) : ''))
  for (const message of flow.messages) {
    for (const attempt of message.attempts)
      steps.get(keyOf(attempt.step))?.deliveries.push({ message, attempt })
  }
  return { steps, messages, incoming, sent }
}

function stepNode(step: Step): TreeNode {
  return {
    step,
    deliveries: [],
    startUnixNano: BigInt(step.startTimeUnixNano),
    endUnixNano: BigInt(step.endTimeUnixNano),
    children: [],
  }
}

function messageNode(message: Message, steps: Map<string, TreeNode>): TreeNode {
  const attempts = message.attempts.flatMap(({ step }) => steps.get(keyOf(step))?.startUnixNano ?? [])
  const received = attempts.reduce((first, start) => (start < first ? start : first), attempts[0] ?? 0n)
  const sent = message.sentTimeUnixNano ?? message.brokerTimeUnixNano
  const sender = message.sent && steps.get(keyOf(message.sent))
  const start = sent === undefined ? (sender?.endUnixNano ?? received) : BigInt(sent)
  return {
    message,
    deliveries: [],
    startUnixNano: start,
    endUnixNano: received > start ? received : start,
    children: [],
  }
}

function place(node: TreeNode, index: Index): void {
  const [parent, cause] = node.message ? [senderOf(node.message, index)] : causeOf(node, index)
  // Contradicting evidence can make a ring; then the earliest node of it stays a root.
  if (!parent || (node.children.length > 0 && isWithin(parent, node))) return
  node.parent = parent
  if (cause) node.cause = cause
  parent.children.push(node)
}

function senderOf({ sent }: Message, { steps }: Index): TreeNode | undefined {
  return sent && steps.get(keyOf(sent))
}

function causeOf(node: TreeNode, index: Index): [TreeNode?, Edge?] {
  const edges = index.incoming.get(keyOf(node.step!)) ?? []
  const parentEdge = edges.find(({ evidence }) => evidence === 'parent')
  const parent = parentEdge && index.steps.get(keyOf(parentEdge.from))
  const messages = messagesInto(node, edges, index)
  if (parent && (messages.size === 0 || sharesMessage(parent, messages, index))) return [parent, parentEdge]
  const message = [...messages].flatMap((key) => index.messages.get(key) ?? []).sort(byStart)[0]
  if (message) return [message, edges.find(({ messageKey }) => messageKey === message.message!.key)]
  const edge = parent ? parentEdge : edges.find(({ from }) => index.steps.has(keyOf(from)))
  return edge ? [index.steps.get(keyOf(edge.from)), edge] : []
}

function messagesInto(node: TreeNode, edges: Edge[], index: Index): Set<string> {
  const byEdge = edges.flatMap((edge) => edge.messageKey ?? linkedMessage(edge, index))
  return new Set([...node.deliveries.map(({ message }) => message.key), ...byEdge])
}

/** A settlement links to the step that sent the message; where that sent one alone, it is clear which. */
function linkedMessage({ from, evidence }: Edge, { sent }: Index): string[] {
  const messages = (evidence === 'link' && sent.get(keyOf(from))) || []
  return messages.length === 1 ? [messages[0]!.key] : []
}

/** A receive or batch step that handles the same message contains the step; the step that sent it does not. */
function sharesMessage(parent: TreeNode, messages: Set<string>, index: Index): boolean {
  const parentEdges = index.incoming.get(keyOf(parent.step!)) ?? []
  return [...messagesInto(parent, parentEdges, index)].some((key) => messages.has(key))
}

function isWithin(node: TreeNode, ancestor: TreeNode): boolean {
  for (let at: TreeNode | undefined = node; at; at = at.parent) if (at === ancestor) return true
  return false
}

function byStart(a: TreeNode, b: TreeNode): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1
  if (a.endUnixNano === b.endUnixNano) return 0
  // A step that encloses another comes before it; of messages sent at once, the one received first.
  const longerFirst = a.step && b.step ? 1 : -1
  return a.endUnixNano > b.endUnixNano ? -longerFirst : longerFirst
}
