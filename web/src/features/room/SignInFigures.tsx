import type { AttendanceFigures } from '@/api/generated/wire'
import { useText } from '@/text/use-text'

const SHOWN = ['due', 'present', 'leave', 'absent'] as const

/** 应到, 实到, 请假 and 缺席 on a venue's screen, while people sign in before the meeting starts. `over`: above its picture. */
export function SignInFigures({ figures, over = false }: { figures: AttendanceFigures; over?: boolean }) {
  const words = useText().room.signingIn
  return (
    <dl className={over ? 'room-figures room-figures-over' : 'room-figures'} aria-label={words.title}>
      {SHOWN.map((name) => (
        <div key={name}>
          <dt>{words[name]}</dt>
          <dd>{figures[name]}</dd>
        </div>
      ))}
    </dl>
  )
}
