import type { Locator, Page } from '@playwright/test'
import { expect } from './fixtures'

/** More stops than any page has: whoever needs as many has not found what they look for. */
const MOST = 150

/** What has the keyboard, in words. */
const standing = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement
    if (at === null || at === document.body) return 'nothing'
    const said = at.getAttribute('aria-label') ?? (at.textContent.trim() || at.getAttribute('placeholder') || at.id)
    return `${at.tagName.toLowerCase()} “${said.slice(0, 40)}”`
  })

const isAt = (target: Locator): Promise<boolean> => target.evaluate((element) => element === document.activeElement)

/** How it and what is drawn around it look, as far as focus shows there. */
const looks = (target: Locator): Promise<string> =>
  target.evaluate((element) => {
    const around = [element, element.nextElementSibling, element.parentElement, element.parentElement?.parentElement, element.parentElement?.parentElement?.parentElement]
    return around.map((one) => {
      if (one === null || one === undefined) return ''
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(one)
      return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor].join(' ')
    }).join('\n')
  })

/** Goes there with the Tab key (backwards with `Shift+Tab`), and sees that it is there. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeAttached()
  if (await isAt(target)) return
  const before = await looks(target)
  const stops: string[] = []
  for (let at = 0; at < MOST; at += 1) {
    await page.keyboard.press(key)
    if (await isAt(target)) {
      await expect(target, 'the page follows the keyboard').toBeInViewport()
      await expect.poll(() => looks(target), { message: `focus shows at ${await standing(page)}` }).not.toBe(before)
      return
    }
    stops.push(await standing(page))
  }
  throw new Error(`${String(target)} was not reached by ${String(MOST)} × ${key}; the last stops were ${stops.slice(-30).join(', ')}`)
}

/** Goes there and presses it, as Enter does. */
export async function pressAt(page: Page, target: Locator, key: 'Enter' | 'Space' = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

/** Goes to a field and types into it instead of what is in it, Chinese as an input method hands it in. */
export async function typeAt(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
}

/** Of radio buttons the chosen one is a stop; the arrow keys go on from there. */
export async function chooseAt(page: Page, name: RegExp): Promise<void> {
  const wanted = page.getByRole('radio', { name })
  const group = page.getByRole('radiogroup').filter({ has: wanted })
  await tabTo(page, group.getByRole('radio', { checked: true }))
  const count = await group.getByRole('radio').count()
  for (let at = 0; at < count && !(await wanted.isChecked()); at += 1) await page.keyboard.press('ArrowDown')
  await expect(wanted).toBeChecked()
}

/** Opens a list with the arrow key and goes down it to a choice. */
export async function pickAt(page: Page, list: Locator, choice: string): Promise<void> {
  await tabTo(page, list)
  await page.keyboard.press('ArrowDown')
  await expect(list).toHaveAttribute('aria-expanded', 'true')
  const chosen = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option-active')
  for (let at = 0; at < 20 && (await chosen.innerText()).trim() !== choice; at += 1) await page.keyboard.press('ArrowDown')
  await expect(chosen).toHaveText(choice)
  await page.keyboard.press('Enter')
  await expect(list).toHaveAttribute('aria-expanded', 'false')
}
