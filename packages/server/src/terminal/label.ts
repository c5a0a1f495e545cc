import type { Message, Step } from '@flowstitch/correlator'
import type { Look } from './style.ts'
import type { Piece } from './text.ts'
import { piece } from './text.ts'
import { formatDuration } from './time.ts'
import type { Delivery, TreeNode } from './tree.ts'

/** What a row says about its node, without its times. */
export function labelOf(node: TreeNode, onCriticalPath: boolean): Piece[] {
  return node.message ? messageLabel(node.message, node) : stepLabel(node.step!, node, onCriticalPath)
}

function stepLabel(step: Step, node: TreeNode, onCriticalPath: boolean): Piece[] {
  const failed = step.status === 'error'
  const name = piece(step.name, failed ? 'bad' : lookOf(step, onCriticalPath))
  const notes = [
    ...deliveryNotes(node),
    ...causeNotes(node),
    ...(step.shared ? [piece('shared', 'faint')] : []),
  ]
  return [
    ...(failed ? [piece('✗ ', 'bad')] : []),
    name,
    ...(failed && step.errorType ? [piece(` ${step.errorType}`, 'bad')] : []),
    ...spaced(notes),
  ]
}

/** Settlements are many and say little. */
function lookOf({ operation }: Step, onCriticalPath: boolean): Look {
  if (onCriticalPath) return 'strong'
  return operation === 'settle' ? 'faint' : 'plain'
}

function messageLabel(message: Message, node: TreeNode): Piece[] {
  const place = placeOf(message)
  return [
    piece('⇢ ', 'message'),
    piece(`${message.system} ${message.destination}`, 'message'),
    ...(place === '' ? [] : [piece(` ${place}`, 'faint')]),
    ...spaced([...waitNotes(message), ...stateNotes(message, node)]),
  ]
}

/** The coordinate within its destination, since the destination stands before it. */
function placeOf({ system, destination, coordinate, id }: Message): string {
  const prefix = `${system}/${destination}/`
  if (coordinate?.startsWith(prefix)) return coordinate.slice(prefix.length)
  return coordinate ?? id ?? ''
}

/** A single delivery says how long it waited beside the message; several say it each for themselves. */
function waitNotes({ attempts: [first, ...others] }: Message): Piece[] {
  return others.length === 0 && first?.dwellMs !== undefined ? [waited(first.dwellMs)] : []
}

function stateNotes(message: Message, node: TreeNode): Piece[] {
  const { state, attempts } = message
  if (state === 'in-flight') return [piece('in flight', 'waiting')]
  if (state !== 'unknown' && state !== 'processed') return [piece(`✗ ${state}`, 'bad')]
  if (node.children.length > 0) return []
  return [attempts.length > 0 ? piece('in the same batch', 'faint') : piece('no consumer seen', 'waiting')]
}

function deliveryNotes(node: TreeNode): Piece[] {
  const [first, ...others] = node.deliveries
  if (!first) return []
  if (others.length > 0) return [piece(`${node.deliveries.length} messages`, 'message')]
  return [...whichMessage(node, first), ...attemptNotes(first), ...outcomeNotes(first)]
}

/** Within a batch that stands under another message, a step says which one it is about. */
function whichMessage(node: TreeNode, { message }: Delivery): Piece[] {
  let above = node.parent
  while (above && !above.message) above = above.parent
  if (!above || above.message === message) return []
  return [piece(`of ${placeOf(message) || message.destination}`, 'message')]
}

function attemptNotes({ message, attempt }: Delivery): Piece[] {
  if (message.attempts.length === 1 && attempt.number === 1) return []
  const groups = new Set(message.attempts.map(({ consumerGroup }) => consumerGroup))
  const retried = message.attempts.some(({ number }) => number > 1)
  return [
    ...(groups.size > 1 && attempt.consumerGroup ? [piece(`for ${attempt.consumerGroup}`, 'message')] : []),
    ...(retried ? [piece(`attempt ${attempt.number}`, attempt.number > 1 ? 'waiting' : 'plain')] : []),
    ...(message.attempts.length > 1 && attempt.dwellMs !== undefined ? [waited(attempt.dwellMs)] : []),
  ]
}

function outcomeNotes({ attempt: { outcome } }: Delivery): Piece[] {
  if (outcome === 'running') return [piece('still running', 'waiting')]
  return outcome === 'settled-negatively' ? [piece('✗ settled negatively', 'bad')] : []
}

/** Anything but a parent or a link is worth saying: how else is it known? */
function causeNotes({ cause }: TreeNode): Piece[] {
  if (!cause) return []
  const weaker = cause.evidence !== 'parent' && cause.evidence !== 'link'
  return [
    ...(weaker ? [piece(`by ${cause.evidence}`, 'faint')] : []),
    ...(cause.mayCause ? [piece('maybe', 'waiting')] : []),
  ]
}

function waited(ms: number): Piece {
  return piece(`waited ${formatDuration(ms)}`, 'waiting')
}

function spaced(notes: Piece[]): Piece[] {
  return notes.flatMap((note) => [piece('  '), note])
}
