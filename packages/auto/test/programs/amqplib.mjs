import { createRequire } from 'node:module'
import amqplib, { connect } from 'amqplib'
import * as namespace from 'amqplib'
import { tell } from './stories/amqplib.ts'

await tell({ connect }, amqplib, namespace, createRequire(import.meta.url)('amqplib'))
