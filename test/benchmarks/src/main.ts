import { parseArgs } from 'node:util'
import { measureMiddleware } from './middleware.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } })
const middleware = await measureMiddleware(values.only ?? '', (line) => console.error(line))
console.log(JSON.stringify(middleware, undefined, 2))
