import { useEffect, useState } from 'react'
import { recall, remember } from '@/lib/memory'
import { playAlarm } from '@/media/sound'
import { alarms } from '@/panel/attention'
import { useLive } from '@/panel/live'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

const KEY = 'yunling.alarm-sound'
const AGAIN_MS = 10_000

/** What is wrong now, on every page of the panel: read out by readers, heard until somebody says that they know. */
export function Alarms() {
  const text = useText()
  const words = text.panel.alarms
  const { status, stale } = useLive()
  const [known, setKnown] = useState<string[]>([])
  const [sounding, setSounding] = useState(recall(KEY) !== 'off')
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
  return (
    <section className={`alarms${items.length > 0 || stale ? ' alarms-on' : ''}`} aria-label={words.title} role="alert">
      {stale && (
        <p>
          <Icon name="warning" size={22} />
          <span>{words.stale}</span>
        </p>
      )}
      {items.map((item) => (
        <p key={item.key}>
          <Icon name="warning" size={22} />
          <span>{item.line}</span>
        </p>
      ))}
      {items.length > 0 && (
        <div className="alarms-actions">
          {loud && (
            <button type="button" onClick={() => setKnown(items.map((item) => item.key))}>
              {words.acknowledge}
            </button>
          )}
          <button type="button" onClick={toggle}>
            {sounding ? words.soundOff : words.soundOn}
          </button>
        </div>
      )}
    </section>
  )
}
