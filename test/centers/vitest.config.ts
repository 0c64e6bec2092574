import { defineConfig } from 'vitest/config'

/** `npm run test:centers`: every set-up of the real servers, far longer than the sample in the ordinary tests. */
export default defineConfig({
  test: {
    include: ['test/centers/*.centers.ts'],
    globalSetup: ['test/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ['default'],
  },
})
