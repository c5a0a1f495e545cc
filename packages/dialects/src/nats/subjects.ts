import type { Destination } from '@flowstitch/core'

/** Whether a subject is one of those that a client makes up for replies to itself. */
export function isInbox(subject: string, prefix: string): boolean {
  return subject.startsWith(`${prefix}.`)
}

/** Whether a subject is the server's own: JetStream's API, key-value and object stores, services, system events. */
export function isOfServer(subject: string): boolean {
  return subject.startsWith('$')
}

/** Whether the subject for replies to a message is the one for its acknowledgement: JetStream has delivered it. */
export function isForAcknowledgement(reply: string | undefined): boolean {
  return reply?.startsWith('$JS.ACK.') ?? false
}

/** The template of destinations: a subscription's subject where it has wildcards. */
export function templateOf(subject: string): string | undefined {
  return /(^|\.)[*>](\.|$)/.test(subject) ? subject : undefined
}

/** A subject as a destination. `template` is that of the subscription which a message came by. */
export function subjectDestination(subject: string, inboxPrefix: string, template?: string): Destination {
  return isInbox(subject, inboxPrefix) ? { name: subject, temporary: true } : { name: subject, template }
}
