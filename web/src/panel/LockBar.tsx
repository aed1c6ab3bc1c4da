import { Button, Input } from 'antd'
import { useState, type SyntheticEvent } from 'react'
import type { ConsoleState } from '@/api/generated/wire'
import { unlockConsole } from '@/api/panel'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

/** Says that the controls are locked and that the meeting goes on, and takes the PIN or the password that opens them. */
export function LockBar({ console }: { console: ConsoleState }) {
  const words = useText().panel.lock
  const [byPassword, setByPassword] = useState(false)
  const [secret, setSecret] = useState('')
  const unlock = useChange(unlockConsole, ['me'])
  const pin = console.pinOpens && !byPassword
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (secret === '') return
    unlock.mutate(pin ? { by: 'pin', pin: secret } : { by: 'password', password: secret }, { onError: () => setSecret('') })
  }
  return (
    <section className="lock-bar" aria-label={words.title}>
      <p className="lock-said" role="status">
        <Icon name="lock" size={32} />
        <span>
          <strong>{words.title}</strong>
          <small>{words.hint}</small>
        </span>
      </p>
      <form onSubmit={submit} noValidate>
        <label>
          <span>{pin ? words.pin : words.password}</span>
          <Input.Password
            key={pin ? 'pin' : 'password'}
            size="large"
            autoFocus
            value={secret}
            inputMode={pin ? 'numeric' : 'text'}
            autoComplete={pin ? 'off' : 'current-password'}
            maxLength={pin ? 12 : 128}
            onChange={(event) => setSecret(event.target.value)}
          />
        </label>
        <Button type="primary" size="large" htmlType="submit" loading={unlock.isPending}>
          {words.unlock}
        </Button>
        {console.pinOpens && (
          <Button
            size="large"
            onClick={() => {
              setByPassword(!byPassword)
              setSecret('')
            }}
          >
            {byPassword ? words.usePin : words.usePassword}
          </Button>
        )}
      </form>
      <ProblemLine error={unlock.error} />
      {!console.hasPin && <p className="lock-none">{words.none}</p>}
    </section>
  )
}
