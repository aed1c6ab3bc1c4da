import { defineConfig } from '@playwright/test'

/** Run by `make soak`: what was recorded while processes were killed, a rush of viewers, a desk's several sizes, and lips. `npm run e2e` does not know them. */
export default defineConfig({
  testDir: '.',
  testMatch: ['plays.ts', 'joins.ts', 'layers.ts', 'lips.ts'],
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['../figures.ts']],
  forbidOnly: true,
})
