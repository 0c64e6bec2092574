import { defineConfig } from 'vitest/config'

/** `npm run test:faults`: hours rather than minutes, so it is no part of the ordinary tests. */
export default defineConfig({
  test: {
    include: ['test/faults/*.faults.ts'],
    globalSetup: ['test/global-setup.ts'],
    fileParallelism: false,
    hookTimeout: 240_000,
    reporters: ['default'],
  },
})
