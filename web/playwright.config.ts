import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../target/e2e',
  workers: 1,
  // Only to end a test that hangs: several browsers that encode and decode on two busy cores take their time.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['./e2e/figures.ts']],
  forbidOnly: true,
})
