const { tell } = require('./stories/client-sqs.ts')

void tell(require('@aws-sdk/client-sqs'))
