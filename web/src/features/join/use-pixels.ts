import { useEffect, useState, type RefObject } from 'react'

/** Sizes are told in steps, so that a window being dragged doesn't send a wish for each pixel. */
const STEP = 64
const SETTLE_MS = 300

/** How many pixels of the display a 16:9 picture as wide as an element covers; `null` before it was measured. */
export function usePixels(elementRef: RefObject<HTMLElement | null>): number | null {
  const [pixels, setPixels] = useState<number | null>(null)
  useEffect(() => {
    const element = elementRef.current
    if (element === null || typeof ResizeObserver === 'undefined') return
    let timer: ReturnType<typeof setTimeout> | undefined
    const observer = new ResizeObserver(([entry]) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (entry === undefined) return
        const width = Math.ceil((entry.contentRect.width * globalThis.devicePixelRatio) / STEP) * STEP
        setPixels(width === 0 ? null : Math.round((width * width * 9) / 16))
      }, SETTLE_MS)
    })
    observer.observe(element)
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [elementRef])
  return pixels
}
