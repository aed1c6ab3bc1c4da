import { defineConfig } from '@playwright/test'

/** Run by `.ci/offline`, inside a network namespace of its own; `npm run e2e` does not know it. */
export default defineConfig({
  testDir: '.',
  testMatch: 'offline.ts',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  forbidOnly: true,
})
