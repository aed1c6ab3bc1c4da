/** A part of a recording as people type it: `1:05:09`, `5:09` or `9`, from its beginning. Pure. */
import type { RecordingPart } from '@/api/generated/wire'

/** A part is at least this long; the server says the same. */
export const PART_SECONDS_MIN = 10

/** Seconds; `null` if it is no time. */
export function readTime(typed: string): number | null {
  if (!/^\d{1,5}([:：]\d{1,2}){0,2}$/.test(typed.trim())) return null
  return typed
    .trim()
    .split(/[:：]/)
    .reduce((seconds, digits) => seconds * 60 + Number(digits), 0)
}

/** `1:05:09`. */
export function typeTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
}

/** The part between two typed times; `null` if it is none of a recording of this length. */
export function readPart(from: string, to: string, lengthMs: number): RecordingPart | null {
  const [start, end] = [readTime(from), readTime(to)]
  if (start === null || end === null) return null
  // The last second is mostly not a whole one.
  const toMs = Math.min(end * 1000, end * 1000 - lengthMs < 1000 ? lengthMs : Infinity)
  const part = { fromMs: start * 1000, toMs }
  return part.toMs <= lengthMs && part.toMs - part.fromMs >= PART_SECONDS_MIN * 1000 ? part : null
}
