import type { FormInstance } from 'antd'
import { ProblemError } from '@/api/problem'

/** Shows at each field what the server says of it. `names`: where a field is called otherwise than on the wire. */
export function showFaults(form: FormInstance, error: Error, names: Partial<Record<string, string>> = {}): void {
  if (!(error instanceof ProblemError) || error.problem.kind !== 'refused') return
  const faults = error.problem.fields.map(({ field, sentence }) => ({ name: names[field] ?? field, errors: [sentence] }))
  form.setFields(faults)
  const [first] = faults
  if (first !== undefined) form.scrollToField(first.name, { focus: true })
}
