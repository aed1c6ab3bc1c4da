import { App, Button, Input } from 'antd'
import { useState, type SyntheticEvent } from 'react'
import type { ConsoleState } from '@/api/generated/wire'
import { removePin, setPin } from '@/api/panel'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** My PIN: a few digits that unlock my console. */
export function Pin({ console }: { console: ConsoleState }) {
  const words = useText().panel.pin
  const { message } = App.useApp()
  const [password, setPassword] = useState('')
  const [pin, setDigits] = useState('')
  const [again, setAgain] = useState('')
  const set = useChange(setPin, ['me'])
  const remove = useChange(() => removePin(), ['me'])
  const long = new RegExp(`^\\d{${console.pinDigits},12}$`, 'u').test(pin)
  const ready = password !== '' && long && pin === again
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (!ready) return
    set.mutate(
      { password, pin },
      {
        onSuccess: () => {
          setPassword('')
          setDigits('')
          setAgain('')
          void message.success(words.done)
        },
      },
    )
  }
  const field = (label: string, value: string, change: (value: string) => void, complete: string) => (
    <label>
      <span>{label}</span>
      <Input.Password size="large" value={value} autoComplete={complete} maxLength={complete === 'off' ? 12 : 128} inputMode={complete === 'off' ? 'numeric' : 'text'} onChange={(event) => change(event.target.value)} />
    </label>
  )
  const minutes = console.locksAfterS === null ? null : Math.round(console.locksAfterS / 60)
  return (
    <section className="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p>
        {console.hasPin ? words.on : words.off} {minutes === null ? words.byHand : words.after(minutes)}
      </p>
      <form className="password-form" onSubmit={submit} noValidate>
        {field(words.password, password, setPassword, 'current-password')}
        {field(words.next(console.pinDigits), pin, setDigits, 'off')}
        {field(words.again, again, setAgain, 'off')}
        {pin !== '' && again !== '' && pin !== again && <p role="alert">{words.differ}</p>}
        <ProblemLine error={set.error ?? remove.error} />
        <Button type="primary" htmlType="submit" size="large" disabled={!ready} loading={set.isPending}>
          {console.hasPin ? words.change : words.set}
        </Button>{' '}
        {console.hasPin && (
          <Button size="large" loading={remove.isPending} onClick={() => remove.mutate(undefined)}>
            {words.remove}
          </Button>
        )}
      </form>
    </section>
  )
}
