/** What stands in a recording's WebVTT files: chapters, and where on the sheet each small picture is. Pure. */
import type { MarkEntry } from '@/api/generated/wire'

export interface Cue {
  /** Seconds from the recording's beginning. */
  from: number
  to: number
  text: string
}

/** A place to go to: a chapter of the meeting itself, or a mark somebody made afterwards. */
export interface Chapter {
  from: number
  text: string
  mark: MarkEntry | null
}

/** Chapters and marks in one list, in their order; a mark stands behind a chapter of the same moment. */
export function chaptersOf(cues: Cue[], marks: MarkEntry[], beganAtMs: number): Chapter[] {
  const chapters: Chapter[] = cues.map(({ from, text }) => ({ from, text, mark: null }))
  const marked = marks.map((mark) => ({ from: Math.max(0, (mark.atMs - beganAtMs) / 1000), text: mark.text, mark }))
  return [...chapters, ...marked].sort((one, other) => one.from - other.from)
}

/** Index of the chapter a moment is in; −1 before the first. */
export const chapterAt = (chapters: { from: number }[], seconds: number): number => chapters.filter(({ from }) => from <= seconds).length - 1

/** Where on the sheet of small pictures the one of a moment is: `sprite.jpg#xywh=160,90,160,90`. */
export function sheet(cues: Cue[], seconds: number): { x: number; y: number; width: number; height: number } | null {
  const cue = cues.find(({ from, to }) => from <= seconds && seconds < to)
  const part = /#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(cue?.text.trim() ?? '')
  if (part === null) return null
  const [x = 0, y = 0, width = 0, height = 0] = part.slice(1).map(Number)
  return { x, y, width, height }
}
