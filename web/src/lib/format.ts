/** Figures and times as people read them. */

const pad = (value: number): string => String(value).padStart(2, '0')

export function bitrate(bps: number): string {
  if (bps >= 1e6) return `${(bps / 1e6).toFixed(bps >= 1e8 ? 0 : 1)} Mb/s`
  return bps >= 1000 ? `${(bps / 1000).toFixed(0)} kb/s` : `${bps.toFixed(0)} b/s`
}

/** Bytes as people read them. */
export const megabytes = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`)

export const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`

export const milliseconds = (ms: number | null): string => (ms === null ? '–' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`)

/** `09:30:05` of a wall clock. */
export const clock = (at: Date): string => `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`

/** `2026年11月23日 星期一` or its like in the other language. */
export const day = (at: Date, locale: string): string => new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(at)

/** `3:05:09`, or `2 d 3:05:09` with the word for days given. */
export function duration(seconds: number, days: string): string {
  const whole = Math.max(0, Math.floor(seconds))
  const rest = `${Math.floor((whole % 86400) / 3600)}:${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`
  return whole >= 86400 ? `${Math.floor(whole / 86400)} ${days} ${rest}` : rest
}

/** `H.264`, as it is written on devices. */
export const codecName = (codec: string): string => ({ h264: 'H.264', vp8: 'VP8', opus: 'Opus' })[codec] ?? codec

/** `09:30` of a wall clock. */
export const hourMinute = (atMs: number): string => clock(new Date(atMs)).slice(0, 5)

/** `2025年6月3日(周二)09:30`, as it is written in notices, or its like in the other language. */
export function moment(atMs: number, locale: string): string {
  const at = new Date(atMs)
  if (locale !== 'zh-CN') return `${new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric', weekday: 'short' }).format(at)}, ${hourMinute(atMs)}`
  const date = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', day: 'numeric' }).format(at)
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(at)
  return `${date}(${weekday})${hourMinute(atMs)}`
}

const isSameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString()

/** From when to when: the day only where it is not today's, the second day only where it differs. */
export function span(fromMs: number, toMs: number, nowMs: number, locale: string): string {
  const today = isSameDay(new Date(fromMs), new Date(nowMs))
  const from = today ? hourMinute(fromMs) : moment(fromMs, locale)
  const to = isSameDay(new Date(fromMs), new Date(toMs)) ? hourMinute(toMs) : moment(toMs, locale)
  return `${from} – ${to}`
}

/** `4:05` until `toMs`, never below zero. */
export function left(toMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((toMs - nowMs) / 1000))
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`
}

/** `1234 5678`: digits in fours, to be read and typed. */
export const fours = (digits: string): string => digits.replace(/(.{4})(?=.)/g, '$1 ')
