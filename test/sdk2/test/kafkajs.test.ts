import { adapterConformance } from '@flowstitch/testing'
import { Kafka } from 'kafkajs'
import { kafkajs, skip } from '../../../packages/kafkajs/test/session.ts'
import { skipOnApi19 } from '../src/skip.ts'

adapterConformance(kafkajs(Kafka), { skip: [...skip, ...skipOnApi19] })
