import { adapterConformance } from '@flowstitch/testing'
import { kafkajs, skip } from './session.ts'
import { clients } from './support.ts'

const [[client, Oldest]] = clients as [(typeof clients)[number]]
adapterConformance(kafkajs(Oldest), { client, skip })
