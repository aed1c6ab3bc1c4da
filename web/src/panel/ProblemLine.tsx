import { Alert } from 'antd'
import { ProblemError } from '@/api/problem'
import { problemText } from '@/text/problem'
import { useText } from '@/text/use-text'

/** What the server said instead of yes: its sentence, and the code for the telephone. Nothing while all is well. */
export function ProblemLine({ error, retry }: { error: Error | null; retry?: () => void }) {
  const text = useText()
  if (error === null) return null
  const problem = error instanceof ProblemError ? error.problem : null
  const { line, code } = problemText(text.problem, problem)
  const fields = problem?.kind === 'refused' ? problem.fields : []
  return (
    <Alert
      className="problem"
      type="error"
      showIcon
      role="alert"
      title={line}
      description={
        <>
          {fields.map(({ sentence }) => (
            <p key={sentence}>{sentence}</p>
          ))}
          {text.panel.code(code)}
          {retry !== undefined && (
            <button type="button" className="text-button" onClick={retry}>
              {text.panel.retry}
            </button>
          )}
        </>
      }
    />
  )
}
