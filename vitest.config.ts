import { defineConfig } from 'vitest/config'

const conditions = ['@flowstitch/source']
const exclude = ['**/node_modules/**', '**/dist/**']

/** What a client does to channels and deliveries changes from one version to the next; its messages do not. */
const ofAmqplib = ['consumer', 'interfaces', 'loss', 'patience', 'producer', 'pull', 'settlement']

export default defineConfig({
  resolve: { conditions: [...conditions, 'node', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'development|production'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'sdk3',
          include: ['packages/*/test/**/*.test.ts', 'test/*/**/*.test.ts'],
          exclude: [...exclude, 'test/sdk2/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'sdk2',
          include: ['packages/core/test/**/*.test.ts', 'test/sdk2/**/*.test.ts'],
          exclude,
          execArgv: ['--import', import.meta.resolve('./test/sdk2/src/hooks.ts')],
        },
      },
      ...['amqplib-0.10', 'amqplib-1'].map((client) => ({
        extends: true as const,
        resolve: { alias: [{ find: /^amqplib(?=$|\/)/, replacement: client }] },
        test: {
          name: client,
          include: ofAmqplib.map((suite) => `packages/amqplib/test/${suite}.test.ts`),
          env: { AMQPLIB: client },
        },
      })),
    ],
    globalSetup: ['./test/brokers/src/vitest-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A busy machine needs longer than Vitest's second.
    expect: { poll: { timeout: 15_000 } },
  },
})
