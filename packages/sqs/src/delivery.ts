import type { Processing } from '@flowstitch/core'
import { rememberHidden, type Hidden, type SqsMessage } from '@flowstitch/dialects/sqs'
import type { SpanContext } from '@opentelemetry/api'
import type { SqsKernel } from './message.ts'

/** What is known of a message that was received. */
export interface Delivery {
  readonly kernel: SqsKernel
  readonly queueUrl: string | undefined
  readonly id: string | undefined
  readonly hidden?: Hidden | undefined
  /** Whether it was counted as consumed: by its receive, else by its first handling. */
  counted: boolean
  creation?: SpanContext | undefined
  processing?: Processing
}

/** Deletions and visibility changes know only the receipt handle; messages that are never deleted must not add up. */
const MAX_RECEIPTS = 5000

const byMessage = new WeakMap<SqsMessage, Delivery>()
const byReceipt = new Map<string | undefined, Delivery>()

export function remember(message: SqsMessage, delivery: Delivery): Delivery {
  byMessage.set(message, delivery)
  if (delivery.hidden) rememberHidden(message, delivery.hidden)
  const receipt = message.ReceiptHandle
  if (receipt === undefined) return delivery
  byReceipt.delete(receipt)
  byReceipt.set(receipt, delivery)
  if (byReceipt.size > MAX_RECEIPTS) {
    const [oldest] = byReceipt.keys()
    byReceipt.delete(oldest)
  }
  return delivery
}

/** By the message itself, else by its receipt handle: users hand on copies. */
export function deliveryOf(message: SqsMessage): Delivery | undefined {
  const known = byMessage.get(message)
  if (known) return known
  const delivery = deliveryOfReceipt(message.ReceiptHandle)
  return delivery && remember(message, delivery)
}

export function deliveryOfReceipt(receipt: string | undefined): Delivery | undefined {
  return byReceipt.get(receipt)
}

export function forgetReceipt(receipt: string | undefined): void {
  byReceipt.delete(receipt)
}

const left = new WeakSet<SqsMessage>()

/** Notes that a message came out of a queue that its client leaves alone. */
export function leaveAlone(message: SqsMessage): void {
  left.add(message)
}

export function isLeftAlone(message: SqsMessage): boolean {
  return left.has(message)
}

/** How many deliveries are remembered by their receipt handles. */
export function rememberedReceipts(): number {
  return byReceipt.size
}
