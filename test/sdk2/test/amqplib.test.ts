import { adapterConformance } from '@flowstitch/testing'
import { amqplib, skip } from '../../../packages/amqplib/test/session.ts'
import { skipOnApi19 } from '../src/skip.ts'

adapterConformance(amqplib('amqplib'), { skip: [...skip, ...skipOnApi19] })
