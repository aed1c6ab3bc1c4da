import type { AttendanceFigures } from '@/api/generated/wire'
import { useText } from '@/text/use-text'

const ORDER = ['due', 'present', 'leave', 'absent', 'late'] as const

/** 应到, 实到, 请假, 缺席 and 迟到. */
export function Figures({ figures, large = false }: { figures: AttendanceFigures; large?: boolean }) {
  const words = useText().panel.attendance.figures
  return (
    <dl className={large ? 'att-figures att-figures-large' : 'att-figures'}>
      {ORDER.map((name) => (
        <div key={name} className={`att-figure-${name}${figures[name] === 0 ? ' att-figure-none' : ''}`}>
          <dt>{words[name]}</dt>
          <dd>{figures[name]}</dd>
        </div>
      ))}
    </dl>
  )
}
