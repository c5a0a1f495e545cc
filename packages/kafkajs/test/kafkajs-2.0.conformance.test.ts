import { adapterConformance } from '@flowstitch/testing'
import type { Kafka } from 'kafkajs'
import oldest from 'kafkajs-2.0'
import { kafkajs } from './session.ts'

adapterConformance(kafkajs(oldest.Kafka as unknown as typeof Kafka), { client: 'kafkajs 2.0.0' })
