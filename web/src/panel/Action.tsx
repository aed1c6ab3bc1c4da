import { useEffect, useRef, useState, type Ref } from 'react'
import type { Can } from '@/panel/can'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'

interface Props {
  label: string
  /** Asks for a second press: what the button then says. Leave it out where the act is the safe one. */
  armedLabel?: string
  /** Why it can't be done; it stays visible and says so. */
  can: Can
  run: () => void
  icon?: IconName
  tone?: 'plain' | 'primary' | 'danger' | 'safe'
  hint?: string
  /** The key that presses it, as shown on it. */
  shortcut?: string | undefined
  busy?: boolean
  ref?: Ref<HTMLButtonElement>
}

/** How long a button waits for its second press, and how soon one is taken for a double click. */
const ARMED_MS = 6000
const DOUBLE_CLICK_MS = 350

/** A button whose effect is on air: it says all of it, asks twice where it shows or lets hear, and names its key and its reason. */
export function Action({ label, armedLabel, can, run, icon, tone = 'plain', hint, shortcut, busy = false, ref }: Props) {
  const { reasons, duty } = useText().panel
  const [armedAt, setArmedAt] = useState<number | null>(null)
  const pressedRef = useRef(0)
  const armed = armedAt !== null && can === null
  useEffect(() => {
    if (armedAt === null) return
    const timer = setTimeout(() => setArmedAt(null), ARMED_MS)
    return () => clearTimeout(timer)
  }, [armedAt])
  const press = () => {
    const now = performance.now()
    const doubled = now - pressedRef.current < DOUBLE_CLICK_MS
    pressedRef.current = now
    if (can !== null || busy) return
    if (armedLabel === undefined) run()
    else if (!armed) setArmedAt(now)
    else if (!doubled) {
      setArmedAt(null)
      run()
    }
  }
  const below = can !== null ? reasons[can] : armed ? duty.escape : hint
  return (
    <button
      ref={ref}
      type="button"
      className={`act act-${tone}${armed ? ' act-armed' : ''}`}
      aria-disabled={can !== null || busy}
      onClick={press}
      onBlur={() => setArmedAt(null)}
      onKeyDown={(event) => {
        if (event.repeat && event.key === 'Enter') event.preventDefault()
        if (event.key === 'Escape' && armed) {
          event.stopPropagation()
          setArmedAt(null)
        }
      }}
    >
      {icon !== undefined && <Icon name={icon} size={22} />}
      <span className="act-words">
        <span>{armed ? armedLabel : label}</span>
        {below !== undefined && <small>{below}</small>}
      </span>
      {shortcut !== undefined && !armed && <kbd>{shortcut}</kbd>}
    </button>
  )
}

/** Presses a button by its key: it gets the focus, so that Enter is the second press. */
export function pressByKey(button: HTMLButtonElement | null | undefined): void {
  button?.focus()
  button?.click()
}
