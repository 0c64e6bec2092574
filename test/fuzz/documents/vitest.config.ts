import { defineConfig } from 'vitest/config'

/** `npm run fuzz:documents`: minutes that are no part of the ordinary tests. */
export default defineConfig({
  test: {
    include: ['test/fuzz/documents/*.fuzz.ts'],
    fileParallelism: false,
    reporters: ['default'],
  },
})
