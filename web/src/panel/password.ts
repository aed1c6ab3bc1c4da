/** The rules of passwords, checked while they are typed. The server checks the same and has the last word. Pure. */

import type { PasswordRules } from '@/api/generated/wire'

export type Rule = 'length' | 'classes' | 'name' | 'different' | 'same'

export const RULES: Rule[] = ['length', 'classes', 'name', 'different', 'same']

/** As the server counts them: whatever is neither letter nor digit, Chinese included, is a sign. */
const CLASSES = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9\p{Cc}]/u]

/** Which rules the new password keeps. */
export function kept({ chars, classes }: PasswordRules, login: string, old: string, next: string, again: string): Record<Rule, boolean> {
  return {
    length: Array.from(next).length >= chars,
    classes: CLASSES.filter((pattern) => pattern.test(next)).length >= classes,
    name: next !== '' && !next.toLowerCase().includes(login.toLowerCase()),
    different: next !== '' && next !== old,
    same: next !== '' && next === again,
  }
}
