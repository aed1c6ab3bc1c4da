import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const MARKS = 12

/** Who looks, of which unit, and when: in every photograph of the screen. */
export function Watermark({ viewer }: { viewer: string }) {
  const text = useText()
  const now = useNow(0)
  const minute = moment(now.getTime(), text.locale)
  return (
    <div className="player-watermark" aria-hidden="true">
      {Array.from({ length: MARKS }, (_, index) => (
        <span key={index}>
          {viewer}
          <br />
          {minute}
        </span>
      ))}
    </div>
  )
}
