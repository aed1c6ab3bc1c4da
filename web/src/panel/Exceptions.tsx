import { Alert } from 'antd'
import type { ExceptionEntry } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'

/** Who is system and security administrator at once, by whose leave and since when: whoever reads a report is told. */
export function Exceptions({ exceptions }: { exceptions: ExceptionEntry[] }) {
  const text = useText()
  const words = text.panel.exceptions
  if (exceptions.length === 0) return null
  return (
    <Alert
      className="exceptions"
      type="warning"
      showIcon
      title={words.title}
      description={
        <ul>
          {exceptions.map((one) => (
            <li key={one.login}>{words[one.origin](one, moment(one.sinceMs, text.locale))}</li>
          ))}
        </ul>
      }
    />
  )
}
