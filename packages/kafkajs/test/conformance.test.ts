import { adapterConformance } from '@flowstitch/testing'
import { kafkajs } from './session.ts'

adapterConformance(kafkajs)
