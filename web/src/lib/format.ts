/** Figures and times as people read them. */

const pad = (value: number): string => String(value).padStart(2, '0')

export function bitrate(bps: number): string {
  if (bps >= 1e6) return `${(bps / 1e6).toFixed(bps >= 1e8 ? 0 : 1)} Mb/s`
  return bps >= 1000 ? `${(bps / 1000).toFixed(0)} kb/s` : `${bps.toFixed(0)} b/s`
}

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
