import { Button, Modal } from 'antd'
import type { DeviceMade, DeviceState } from '@/api/generated/wire'
import { fours, left } from '@/lib/format'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'
import { useNow } from '@/ui/use-now'

/** The code in large figures, where to type it, and at once when that has happened. */
export function CodeDialog({ made, state, close }: { made: DeviceMade; state: DeviceState; close: () => void }) {
  const text = useText()
  const words = text.panel.devices
  const now = useNow(0).getTime()
  const over = state === 'expired' || made.expiresAtMs <= now
  return (
    <Modal open title={words.codeTitle} width={560} footer={<Button onClick={close}>{text.panel.close}</Button>} onCancel={close}>
      {state === 'paired' ? (
        <p className="code-paired" role="status">
          <Icon name="check" size={48} />
          <strong>{words.codePaired}</strong>
        </p>
      ) : (
        <div className="code">
          <output className={over ? 'code-digits code-over' : 'code-digits'} aria-label={words.codeTitle}>
            {fours(made.code)}
          </output>
          <p>
            {words.codeWhere}
            <strong className="code-where">{`${location.origin}/pair`}</strong>
            {words.codeThen}
          </p>
          <p role="status" className={over ? 'code-late' : 'quiet'}>
            {over ? words.codeOver : words.codeLeft(left(made.expiresAtMs, now))}
          </p>
        </div>
      )}
    </Modal>
  )
}
