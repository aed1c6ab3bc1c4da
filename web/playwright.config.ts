import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../target/e2e',
  workers: 1,
  // A machine that others share stands still for seconds now and then. What fails once and not again is listed as flaky, with what its
  // pages said, to be looked at; what fails twice fails.
  retries: 1,
  // Only to end a test that hangs: several browsers that encode and decode on two busy cores take their time.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['./e2e/figures.ts']],
  forbidOnly: true,
})
