import { defineConfig } from 'vitest/config'

/** `npm run test:node`: every promised version of Node, with installs and compilers; minutes, so not each time. */
export default defineConfig({
  test: {
    include: ['test/surface/*.surface.ts'],
    globalSetup: ['test/global-setup.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: ['default'],
  },
})
