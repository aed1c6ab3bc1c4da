import { useRef, useState } from 'react'
import { PersonRow, type RowButtons } from '@/features/duty/PersonRow'
import type { Steer } from '@/features/duty/use-steer'
import { Ask } from '@/panel/Ask'
import { pressByKey } from '@/panel/Action'
import { step, type Participant } from '@/panel/people'
import type { Powers } from '@/panel/places'
import { useShortcuts, type Shortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

const DIGITS = 9

/** Everybody who can be put on air: chosen by digit or arrow, steered by the keys on the buttons of the chosen row. */
export function People({ people, powers, steer }: { people: Participant[]; powers: Powers; steer: Steer }) {
  const words = useText().panel.duty
  const [chosen, setChosen] = useState<string | null>(null)
  const [removing, setRemoving] = useState<Participant | null>(null)
  const [removal, setRemoval] = useState<'idle' | 'busy'>('idle')
  const buttonsRef = useRef(new Map<string, RowButtons>())
  const at = people.some((person) => person.id === chosen) ? chosen : (people[0]?.id ?? null)

  const choose = (id: string | null) => {
    if (id === null) return
    setChosen(id)
    buttonsRef.current.get(id)?.row?.focus()
  }
  const press = (which: 'putOnAir' | 'microphone') => {
    if (at !== null) pressByKey(buttonsRef.current.get(at)?.[which])
  }
  const shortcuts: Shortcuts = {
    ArrowDown: () => choose(step(people, at, 1)),
    ArrowUp: () => choose(step(people, at, -1)),
    F8: () => press('putOnAir'),
    F4: () => press('microphone'),
  }
  people.slice(0, DIGITS).forEach((person, index) => (shortcuts[String(index + 1)] = () => choose(person.id)))
  useShortcuts(shortcuts)

  const remove = async (person: Participant) => {
    setRemoval('busy')
    await steer.remove(person.id).catch(() => undefined)
    setRemoval('idle')
    setRemoving(null)
  }
  return (
    <section className="people" aria-label={words.people}>
      <h3>
        {words.people}
        {people.length > 0 && <small>{words.choosePerson}</small>}
      </h3>
      {people.length === 0 && (
        <div className="people-none">
          <strong>{words.noPeople}</strong>
          <p>{words.noPeopleHint}</p>
        </div>
      )}
      <ol>
        {people.map((person, index) => (
          <PersonRow
            key={person.id}
            person={person}
            digit={index < DIGITS ? index + 1 : null}
            chosen={person.id === at}
            choose={() => setChosen(person.id)}
            register={(buttons) => {
              if (buttons === null) buttonsRef.current.delete(person.id)
              else buttonsRef.current.set(person.id, buttons)
            }}
            powers={powers}
            steer={steer}
            remove={() => setRemoving(person)}
          />
        ))}
      </ol>
      {removing !== null && (
        <Ask
          title={words.removeTitle(removing.name)}
          effect={words.removeEffect}
          confirm={words.removeConfirm}
          busy={removal === 'busy'}
          error={null}
          yes={() => void remove(removing)}
          no={() => setRemoving(null)}
        />
      )}
    </section>
  )
}
