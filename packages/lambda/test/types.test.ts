import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamHandler,
  EventBridgeEvent,
  EventBridgeHandler,
  KinesisStreamHandler,
  KinesisStreamRecord,
  MSKHandler,
  MSKRecord,
  SNSEventRecord,
  SNSHandler,
  SQSHandler,
  SQSRecord,
} from 'aws-lambda'
import { expect, expectTypeOf, it } from 'vitest'
import { wrapHandler, type KafkaItemIdentifier } from '../src/index.ts'

const { sqs, sns, kafka, kinesis, dynamodb, eventBridge } = wrapHandler
const partialFailures = true
const takes = <R>(handle: (record: R, context: Context) => void = () => {}): typeof handle => handle
type OrderPlaced = EventBridgeEvent<'OrderPlaced', { order: number }>

it('wrapped handlers are what Lambda calls, with records as @types/aws-lambda has them', () => {
  const handlers: [
    SQSHandler,
    SQSHandler,
    SNSHandler,
    SNSHandler,
    MSKHandler,
    KinesisStreamHandler,
    KinesisStreamHandler,
    DynamoDBStreamHandler,
    EventBridgeHandler<'OrderPlaced', { order: number }, number>,
  ] = [
    sqs(takes<SQSRecord>()),
    sqs(takes<SQSRecord>(), { partialFailures }),
    sns(takes<SNSEventRecord>()),
    sns(async ({ Sns }: SNSEventRecord) => console.log(Sns.Message)),
    kafka(takes<MSKRecord>()),
    kinesis(takes<KinesisStreamRecord>()),
    kinesis(takes<KinesisStreamRecord>(), { partialFailures }),
    dynamodb(takes<DynamoDBRecord>()),
    eventBridge(async (event: OrderPlaced) => event.detail.order),
  ]
  expect(handlers.map(({ length }) => length)).toEqual(handlers.map(() => 2))
})

it('wrapped handlers know what they answer, and what their records are', () => {
  const records: unknown[] = []
  const handlers = [
    sqs(({ body }) => void records.push(expectTypeOf(body).toEqualTypeOf<string>())),
    kafka(({ offset }) => void records.push(expectTypeOf(offset).toEqualTypeOf<number>())),
    eventBridge(({ detail }) => void records.push(expectTypeOf(detail).toEqualTypeOf<unknown>())),
    // @ts-expect-error -- a handler of other records
    sqs(takes<KinesisStreamRecord>()),
    // @ts-expect-error -- SNS has no partial failures
    sns(() => {}, { partialFailures }),
  ]
  expectTypeOf(handlers[0]!).returns.resolves.toEqualTypeOf<void>()
  const ofDynamo = dynamodb(() => {}, { partialFailures })
  expectTypeOf(ofDynamo).returns.resolves.toExtend<DynamoDBBatchResponse>()
  const ofKafka = kafka(() => {}, { partialFailures })
  expectTypeOf(ofKafka).returns.resolves.toEqualTypeOf<{
    batchItemFailures: { itemIdentifier: KafkaItemIdentifier }[]
  }>()
  expect(handlers).toHaveLength(5)
})
