import { defineConfig } from 'vitest/config'

const resultsFile = process.env['CUTOVER_TEST_RESULTS']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Two cores: more workers only make the real servers of the integration tests slower.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 240_000,
    restoreMocks: true,
    reporters: resultsFile ? ['default', 'json'] : ['default'],
    ...(resultsFile && { outputFile: { json: resultsFile } }),
  },
})
