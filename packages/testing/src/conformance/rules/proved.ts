import type { Departure, ProvedRule } from './rule.ts'

/** Rules that show in what is done, not in a span. */
export const provedRules: readonly ProvedRule[] = [
  {
    id: 'A2-1',
    level: 'SHOULD',
    text: 'Each message carries a creation context.',
    provedBy: ['a message carries the send span', 'H3:', 'H4:', 'H2, H9:'],
  },
  {
    id: 'A2-2',
    level: 'SHOULD',
    text: 'A creation context that the user has put on a message stays, and makes no create span.',
    provedBy: ["the user's own creation context stays"],
  },
  {
    id: 'A2-3',
    level: 'SHOULD',
    text: 'What travels is the context of the create span where there is one, else that of the send span.',
    provedBy: [
      'a message carries the send span',
      'a batch makes a create span',
      'a batch without create spans',
    ],
  },
  {
    id: 'A2-5',
    level: 'RECOMMENDED',
    text: 'A call for one message makes a send span alone.',
    provedBy: ['a send makes one producer span'],
  },
  {
    id: 'A2-6',
    level: 'RECOMMENDED',
    text: 'A call for several makes a create span a message, and one send span.',
    provedBy: ['a batch makes a create span'],
  },
  {
    id: 'A2-7',
    level: 'RECOMMENDED',
    text: 'Create spans can be turned off; the send span is then PRODUCER, and its context is in all messages.',
    provedBy: ['a batch without create spans'],
  },
  {
    id: 'A3-1',
    level: 'SHOULD',
    text: 'A pull that brings messages has a receive span.',
    provedBy: ['a receive makes one client span'],
  },
  {
    id: 'A3-2',
    level: 'SHOULD',
    text: "A process span covers the handler's work.",
    provedBy: ['a single fresh message', 'H8:'],
  },
  {
    id: 'A3-4',
    level: 'MUST',
    text: 'What the library has fetched ahead makes no span until the application gets it.',
    provedBy: ['what a library fetches ahead'],
  },
  {
    id: 'A3-5 all',
    level: 'SHOULD',
    text: 'Spans for several messages link to every one of them, whatever their number.',
    provedBy: ['what is handed out together', 'a batch is one span', 'a receive makes one client span'],
  },
  {
    id: 'A3-8',
    level: 'SHOULD',
    text: 'Where the creation context is the parent, the ambient context is linked.',
    provedBy: ['what is active where a message is asked for'],
  },
  {
    id: 'A3-10',
    level: 'SHOULD',
    text: 'Every settlement has a span, by hand or automatic.',
    provedBy: ['a message that its handler settles', 'a message that is settled after'],
  },
  {
    id: 'A4-1 single',
    level: 'SHOULD',
    text: 'Calls for one message have no batch count.',
    provedBy: ['a send makes one producer span'],
  },
  {
    id: 'A4-5',
    level: 'SHOULD',
    text: 'Samplers see links and the attributes that matter to them.',
    provedBy: ['samplers are given'],
  },
  {
    id: 'A5-1',
    level: 'SHOULD',
    text: 'All that the global propagator writes is injected.',
    provedBy: ['a message carries what the global propagator writes'],
  },
  {
    id: 'A5-2',
    level: 'SHOULD',
    text: 'Foreign and broken headers are no context, and never an error.',
    provedBy: ['H6:'],
  },
  {
    id: 'A5-3',
    level: 'SHOULD',
    text: 'Baggage survives where a link starts a new trace.',
    provedBy: ['relation link', 'baggage and trace state'],
  },
  {
    id: 'A8 durations',
    level: 'MUST',
    text: 'Operations and processing are measured, in seconds and with the advised buckets.',
    provedBy: ['metrics have the units'],
  },
  {
    id: 'A8 counts',
    level: 'MUST',
    text: 'Messages are counted once as sent and once as consumed, sampled or not.',
    provedBy: ['messages are counted once'],
  },
  {
    id: 'A8 attributes',
    level: 'MUST',
    text: 'Metrics have the required attributes, and `messaging.process.duration` no operation type.',
    provedBy: ['metrics have the attributes'],
  },
  {
    id: 'A9-1',
    level: 'SHOULD',
    text: 'Errors that were dealt with are not recorded.',
    provedBy: ['an error that the handler has dealt with'],
  },
  {
    id: 'A9-4',
    level: 'SHOULD',
    text: 'The metrics of an operation have the error.type of its span.',
    provedBy: ['metrics have the attributes'],
  },
  {
    id: 'A10',
    level: 'SHOULD',
    text: 'An exception is told once, as a log record of the operation, with its severity.',
    provedBy: ['an exception is told as a log record'],
  },
]

/** Rules that are not followed, each for a reason. */
export const departures: readonly Departure[] = [
  {
    id: 'A3-1 empty',
    level: 'SHOULD',
    text: 'A pull that brings nothing has a receive span too.',
    departs:
      'most polls of most consumers bring nothing, and users ask for these spans to be left out; the duration ' +
      'of such a pull is measured all the same',
  },
  {
    id: 'A3-7, A3-9',
    level: 'RECOMMENDED',
    text: 'Inside of another span, processing is a child of that and just links to the creation context.',
    departs:
      'in a poll loop the other span is the loop, not the cause of the message; a single fresh message goes on ' +
      "with its producer's trace and links the ambient span. `relation: 'link'` starts a trace of its own",
  },
  {
    id: 'A7 Kafka cluster',
    level: 'RECOMMENDED',
    text: '`kafka.cluster.id` is recorded.',
    departs:
      'kafkajs keeps it in an object that no public API leads to, and tells it to an admin client alone, for a request of its own',
    system: 'kafka',
  },
  {
    id: 'A10 events',
    level: 'SHOULD',
    text: 'Exceptions are no span events any longer.',
    departs:
      'most backends show these and not yet the log records: both are written, until ' +
      '`OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=logs` turns the events off',
  },
]
