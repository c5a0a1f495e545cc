// Loads no client, and tells what was loaded all the same.
import { createRequire } from 'node:module'

console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)))
