import { XRAY_HEADER, type ReadCarrier } from '@flowstitch/core'
import { attributeText, hasKeys, type Attributes } from './attributes.ts'
import { bodyHeaders } from './body.ts'
import { DATADOG_ATTRIBUTE, datadogHeaders } from './datadog.ts'
import type { Headers } from './headers.ts'
import { hiddenOf, systemAttribute, type SqsMessage } from './message.ts'

/** The headers of received messages: X-Ray's, their attributes, Datadog's among them; else those in the body. */
export const receivedCarrier: ReadCarrier<SqsMessage> = {
  get(message, name) {
    if (name === XRAY_HEADER) return systemAttribute(message, 'AWSTraceHeader')
    const attribute = attributeText(attributeOf(message, name))
    return attribute ?? datadogOf(message)[name] ?? headersInBody(message)[name]
  },
  names(message) {
    const attributes = { ...visibleAttributes(message), ...hiddenOf(message).attributes }
    const names = Object.keys({ ...headersInBody(message), ...datadogOf(message), ...attributes })
    return systemAttribute(message, 'AWSTraceHeader') === undefined ? names : [...names, XRAY_HEADER]
  },
}

function attributeOf(message: SqsMessage, name: string): unknown {
  return hiddenOf(message).attributes[name] ?? visibleAttributes(message)[name]
}

function datadogOf(message: SqsMessage): Headers {
  return datadogHeaders(attributeOf(message, DATADOG_ATTRIBUTE))
}

function visibleAttributes(message: SqsMessage): Attributes {
  return (message.MessageAttributes ?? message.messageAttributes ?? {}) as Attributes
}

const known = new WeakMap<SqsMessage, Headers>()

/** SNS and EventBridge put headers into the body where they give the message no attributes. */
function headersInBody(message: SqsMessage): Headers {
  if (hasKeys(visibleAttributes(message)) || hasKeys(hiddenOf(message).attributes)) return {}
  const found = known.get(message) ?? bodyHeaders(message.Body ?? message.body)
  known.set(message, found)
  return found
}
