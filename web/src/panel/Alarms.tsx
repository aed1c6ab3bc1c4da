import { useEffect, useState } from 'react'
import { recall, remember } from '@/lib/memory'
import { playAlarm } from '@/media/sound'
import { alarms } from '@/panel/attention'
import { useLive } from '@/panel/live'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

const KEY = 'yunling.alarm-sound'
const AGAIN_MS = 10_000
/** What the strip has room for. Whatever comes and goes, it never moves the buttons below it. */
const LINES = 2

/** What is wrong now, on every page of the panel: read out by readers, heard until somebody says that they know. */
export function Alarms() {
  const text = useText()
  const words = text.panel.alarms
  const { status, stale } = useLive()
  const [known, setKnown] = useState<string[]>([])
  const [sounding, setSounding] = useState(recall(KEY) !== 'off')
  const [open, setOpen] = useState(false)
  const items = status === null ? [] : alarms(status, text)
  const fresh = items.filter((item) => !known.includes(item.key))
  const loud = fresh.length > 0 && sounding
  const fault = fresh.map((item) => item.key).join()
  useEffect(() => {
    if (!loud) return
    const sound = () => void playAlarm().catch(() => undefined)
    sound()
    const timer = setInterval(sound, AGAIN_MS)
    return () => clearInterval(timer)
  }, [loud, fault])
  const toggle = () => {
    remember(KEY, sounding ? 'off' : 'on')
    setSounding(!sounding)
  }
  const lines = [...(stale ? [{ key: 'stale', line: words.stale }] : []), ...items]
  const shown = open ? lines : lines.slice(0, LINES)
  return (
    <div className={`alarms${lines.length > 0 ? ' alarms-on' : ''}${open ? ' alarms-open' : ''}`}>
      {lines.length === 0 && status !== null && (
        <p className="alarms-none">
          <Icon name="check" size={20} />
          <span>{words.none}</span>
        </p>
      )}
      <section aria-label={words.title} role="alert">
        {shown.map(({ key, line }) => (
          <p key={key} title={line}>
            <Icon name="warning" size={22} />
            <span>{line}</span>
          </p>
        ))}
      </section>
      {lines.length > 0 && (
        <div className="alarms-actions">
          {lines.length > LINES && (
            <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? words.less : words.more(lines.length - LINES)}
            </button>
          )}
          {loud && (
            <button type="button" onClick={() => setKnown(items.map((item) => item.key))}>
              {words.acknowledge}
            </button>
          )}
          {items.length > 0 && (
            <button type="button" onClick={toggle}>
              {sounding ? words.soundOff : words.soundOn}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
