export { attributeText } from './attributes.ts'
export { DATADOG_ATTRIBUTE, datadogHeaders } from './datadog.ts'
export { envelopeAttributes } from './envelope.ts'
