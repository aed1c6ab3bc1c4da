import { Button, Input } from 'antd'
import { useState, type SyntheticEvent } from 'react'
import { changePassword } from '@/api/panel'
import type { PasswordRules } from '@/api/generated/wire'
import { kept, RULES } from '@/panel/password'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

/** Changes the own password; each rule says whether it is kept while one types. */
export function PasswordForm({ rules, login, once, done }: { rules: PasswordRules; login: string; once: boolean; done: () => void }) {
  const words = useText().panel.me
  const [old, setOld] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const change = useChange(changePassword, ['me'])
  const state = kept(rules, login, old, next, again)
  const ready = old !== '' && RULES.every((rule) => state[rule])
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (!ready) return
    change.mutate(
      { old, new: next },
      {
        onSuccess: () => {
          setOld('')
          setNext('')
          setAgain('')
          done()
        },
      },
    )
  }
  const field = (label: string, value: string, set: (value: string) => void, complete: string, focus = false) => (
    <label>
      <span>{label}</span>
      <Input.Password size="large" value={value} autoComplete={complete} autoFocus={focus} maxLength={128} onChange={(event) => set(event.target.value)} />
    </label>
  )
  return (
    <form className="password-form" onSubmit={submit}>
      {field(once ? words.oldOnce : words.old, old, setOld, 'current-password', once)}
      {field(words.next, next, setNext, 'new-password')}
      {field(words.again, again, setAgain, 'new-password')}
      <ul className="rules">
        {RULES.map((rule) => (
          <li key={rule} className={state[rule] ? 'rule rule-kept' : 'rule'}>
            <Icon name={state[rule] ? 'check' : 'remove'} size={18} />
            <span>{words.rules[rule](rules)}</span>
            <small>{state[rule] ? words.kept : words.notKept}</small>
          </li>
        ))}
      </ul>
      <p className="quiet">{words.history(rules)}</p>
      <ProblemLine error={change.error} />
      <Button type="primary" htmlType="submit" size="large" disabled={!ready} loading={change.isPending}>
        {words.submit}
      </Button>
    </form>
  )
}
