import { defineConfig } from 'vitest/config'

const resultsFile = process.env['CUTOVER_TEST_RESULTS']

/** Tests with servers of their own and no services around them. */
const servers = [
  'test/fuzz/**/*.test.ts',
  'test/integration/etcd-*.test.ts',
  'test/contract/config-center.etcd.test.ts',
  'test/contract/config-center-real*.test.ts',
  'test/integration/{gated-pool,mappers,live-switch,package-surface}*.test.ts',
  'test/integration/service-{errors,client-errors,orm-errors}*.test.ts',
]

/** Tests that open a whole lab, with servers, services and load: one at a time, or they slow each other down. */
const labs = [
  'test/crash/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/integration/{control,failure-paths,rehearse,reversal,safety,secrets,load,plan-binds,stolen-lock,switch-faults}*.test.ts',
  'test/integration/service-{balancer,restart,window}*.test.ts',
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
          exclude: [...servers, ...labs],
          // One more than there are cores: many of them wait for something.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'servers',
          include: servers,
          maxWorkers: 3,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'labs',
          include: labs,
          maxWorkers: 1,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
