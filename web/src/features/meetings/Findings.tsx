import { Alert, Button, Checkbox } from 'antd'
import type { ClashEntry, ScheduleCheck } from '@/api/generated/wire'
import { movesKey, of, warnedKey, type Agreed } from '@/features/meetings/use-check'
import { moment, span } from '@/lib/format'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

interface Props {
  check: ScheduleCheck | undefined
  agreed: Agreed
  agree: (agreed: Agreed) => void
  /** Takes the next free time; left out where the meeting begins now. */
  takeFree: ((atMs: number) => void) | null
}

/** What is in the way of the meeting that is typed: refused with the next free time, moved by one press, or known of by a tick. */
export function Findings({ check, agreed, agree, takeFree }: Props) {
  const text = useText()
  const words = text.panel.schedule
  const now = useNow(0).getTime()
  if (check === undefined) return <p className="quiet">{words.checking}</p>
  const time = (entry: { startsAtMs: number; endsAtMs: number }) => span(entry.startsAtMs, entry.endsAtMs, now, text.locale)
  // One sentence for all venues that another meeting has.
  const says = (clashes: ClashEntry[], say: (thing: string, meeting: string) => string) =>
    [...new Set(clashes.map(({ meeting, wanted }) => `${meeting} ${wanted}`))].flatMap((key) => {
      const all = clashes.filter(({ meeting, wanted }) => `${meeting} ${wanted}` === key)
      const [first] = all
      return first === undefined ? [] : [say(words.thing[first.wanted](all.map(({ name }) => name).join(text.comma)), words.meeting(first.title, time(first)))]
    })
  const [refused, preEmpted, warned] = [of(check, 'refused'), of(check, 'preEmpts'), of(check, 'warned')]
  const taken = agreed.moves === movesKey(check)
  const { freeAtMs } = check
  if (check.clashes.length === 0) return <p className="quiet">{words.fits}</p>
  return (
    <div className="findings" aria-live="polite">
      {refused.length > 0 && (
        <Alert
          type="error"
          showIcon
          title={lines(says(refused, words.refused))}
          description={
            <>
              <p>{takeFree === null ? words.refusedNowHint : words.refusedHint}</p>
              {freeAtMs !== null && takeFree !== null && (
                <p className="findings-act">
                  {words.free(moment(freeAtMs, text.locale))}
                  <Button onClick={() => takeFree(freeAtMs)}>{words.takeFree}</Button>
                </p>
              )}
            </>
          }
        />
      )}
      {refused.length === 0 && preEmpted.length > 0 && (
        <Alert
          type={taken ? 'success' : 'warning'}
          showIcon
          title={words.first}
          description={
            <>
              {lines(check.moves.map((move) => words.move(move.title, was(preEmpted, move.meeting, time), time(move))))}
              <p className="findings-act">
                {taken && words.movesTaken}
                <Button type={taken ? 'default' : 'primary'} onClick={() => agree({ ...agreed, moves: taken ? '' : movesKey(check) })}>
                  {taken ? words.undo : words.takeMoves(check.moves.length)}
                </Button>
              </p>
            </>
          }
        />
      )}
      {warned.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={lines(says(warned, words.warned))}
          description={
            <Checkbox checked={agreed.warned === warnedKey(check)} onChange={({ target }) => agree({ ...agreed, warned: target.checked ? warnedKey(check) : '' })}>
              {words.known}
            </Checkbox>
          }
        />
      )}
    </div>
  )
}

const lines = (sentences: string[]) => sentences.map((sentence) => <p key={sentence}>{sentence}</p>)

const was = (clashes: ClashEntry[], meeting: string, time: (clash: ClashEntry) => string): string => {
  const clash = clashes.find((entry) => entry.meeting === meeting)
  return clash === undefined ? '' : time(clash)
}
