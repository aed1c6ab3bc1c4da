/** The code as it is typed. Pure. */
export type Code = string

export const DIGITS = 8

/** The code after one key: a digit as a browser names it, or `Backspace`. */
export function press(code: Code, key: string): Code {
  if (key === 'Backspace') return code.slice(0, -1)
  return /^\d$/.test(key) && code.length < DIGITS ? code + key : code
}
