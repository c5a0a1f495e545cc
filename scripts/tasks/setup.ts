import { prepared } from './prepare.ts'

if (await prepared('brokers', 'browser')) {
  console.log('Everything is set up: npm run demo, npm test, npm run brokers, npm run bench, npm run build.')
}
