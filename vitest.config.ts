import { defineConfig } from 'vitest/config'

const conditions = ['@flowstitch/source']

export default defineConfig({
  resolve: { conditions: [...conditions, 'node', 'development|production'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'development|production'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/*/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./test/brokers/src/vitest-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A busy machine needs longer than Vitest's second.
    expect: { poll: { timeout: 15_000 } },
  },
})
