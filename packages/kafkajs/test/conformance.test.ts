import { adapterConformance } from '@flowstitch/testing'
import { Kafka } from 'kafkajs'
import { kafkajs } from './session.ts'

adapterConformance(kafkajs(Kafka))
