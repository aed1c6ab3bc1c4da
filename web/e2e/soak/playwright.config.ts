import { defineConfig } from '@playwright/test'

/** Run by `make soak` on what was recorded while processes were killed; `npm run e2e` does not know it. */
export default defineConfig({
  testDir: '.',
  testMatch: 'plays.ts',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  forbidOnly: true,
})
