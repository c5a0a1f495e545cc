import { adapterConformance } from '@flowstitch/testing'
import { Kafka } from 'kafkajs'
import { kafkajs, skip } from './session.ts'

adapterConformance(kafkajs(Kafka), { skip })
