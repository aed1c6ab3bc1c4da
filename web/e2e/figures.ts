import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/** Prints what tests have measured. */
export default class Figures implements Reporter {
  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { type, description } of result.annotations) {
      if (type === 'figures') process.stdout.write(`     ${test.title}: ${description ?? ''}\n`)
    }
  }

  printsToStdio(): boolean {
    return false
  }
}
