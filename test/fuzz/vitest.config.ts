import { defineConfig } from 'vitest/config'

/** `npm run fuzz:lexer -- mariadb`, or `mysql`: minutes that are no part of the ordinary tests. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    fileParallelism: false,
    hookTimeout: 240_000,
    reporters: ['default'],
  },
})
