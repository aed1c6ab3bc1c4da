/** What stands in a recording's WebVTT files: chapters, and where on the sheet each small picture is. Pure. */
export interface Cue {
  /** Seconds from the recording's beginning. */
  from: number
  to: number
  text: string
}

/** Index of the chapter a moment is in; −1 before the first. */
export const chapterAt = (chapters: Cue[], seconds: number): number => chapters.filter(({ from }) => from <= seconds).length - 1

/** Where on the sheet of small pictures the one of a moment is: `sprite.jpg#xywh=160,90,160,90`. */
export function sheet(cues: Cue[], seconds: number): { x: number; y: number; width: number; height: number } | null {
  const cue = cues.find(({ from, to }) => from <= seconds && seconds < to)
  const part = /#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(cue?.text.trim() ?? '')
  if (part === null) return null
  const [x = 0, y = 0, width = 0, height = 0] = part.slice(1).map(Number)
  return { x, y, width, height }
}
