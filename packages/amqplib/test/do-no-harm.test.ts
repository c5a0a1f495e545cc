import { connect } from 'amqplib'
import { expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'

test('what is no connection and no channel is refused in clear words', () => {
  for (const wrong of [undefined, null, {}, connect, Promise.resolve()]) {
    expect(() => instrumentAmqp(wrong as never)).toThrow('await connect() first')
  }
})
