import { defineConfig } from 'vitest/config'

const resultsFile = process.env['CUTOVER_TEST_RESULTS']

/** Tests that open a whole lab, with servers, services and load: one at a time, or they slow each other down. */
const labs = [
  'test/crash/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/integration/{control,failure-paths,rehearse,reversal,safety,secrets,load,plan-binds,stolen-lock,switch-faults}*.test.ts',
  'test/integration/{service-*,live-switch.*}.test.ts',
  'test/integration/{gated-pool,mappers}*.test.ts',
]

const common = {
  globalSetup: ['test/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 240_000,
  restoreMocks: true,
}

export default defineConfig({
  test: {
    reporters: resultsFile ? ['default', 'json'] : ['default'],
    ...(resultsFile && { outputFile: { json: resultsFile } }),
    projects: [
      {
        test: {
          ...common,
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: labs,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'labs',
          include: labs,
          maxWorkers: 1,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
