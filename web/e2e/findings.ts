import type { Page } from '@playwright/test'
import axe from 'axe-core'
import { expect } from './fixtures'

/** What axe finds on the page as it is, in the words of WCAG 2.1 A and AA: only what it calls serious or critical. */
export async function findings(page: Page, where: string): Promise<string[]> {
  // What is still fading has colours of its own.
  await expect(page.locator('.ant-btn-loading')).toHaveCount(0)
  await page.evaluate(async () => {
    const passing = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
    await Promise.all(passing.map(({ finished }) => finished.catch(() => undefined)))
  })
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return grave.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${where}: ${id} at ${target.join(' ')}: ${(failureSummary ?? '').replace(/\s+/g, ' ')}`))
}
