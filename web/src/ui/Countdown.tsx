import { useEffect, useRef } from 'react'
import { countdown, isReminded } from '@/lib/countdown'
import { playTone } from '@/media/sound'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'
import './countdown.css'

/** How long until a meeting begins, in words; two soft tones an hour, 30, 10 minutes and one minute before. */
export function Countdown({ title, startsAtMs }: { title?: string; startsAtMs: number }) {
  const words = useText().countdown
  const now = useNow(0).getTime()
  const heard = useRef(now)
  useEffect(() => {
    // Silent where the browser still waits for somebody to touch the page; the words stand there all the same.
    if (isReminded(startsAtMs, heard.current, now)) void playTone('').catch(() => undefined)
    heard.current = now
  }, [startsAtMs, now])
  const said = countdown(startsAtMs, now)
  if (said === null) return null
  const soon = said.kind === 'due' || said.minutes <= 10
  return (
    <p className={soon ? 'countdown soon' : 'countdown'} role="timer">
      {title !== undefined && <strong>{title}</strong>}
      <span>{said.kind === 'due' ? words.due : words.left(said.minutes)}</span>
    </p>
  )
}
