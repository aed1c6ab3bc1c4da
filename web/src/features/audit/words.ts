import type { zh } from '@/text/zh'

type Words = typeof zh.auditThings

/** Whoever did it, as people say it: log-in names stand for themselves. */
export function actorOf(actor: string, { actors }: Words): string {
  const [, kind = '', rest = ''] = /^(stranger|visitor|token|device|the server)(?: (.*))?$/u.exec(actor) ?? []
  const word = (actors as Partial<Record<string, string>>)[kind]
  return word === undefined ? actor : rest === '' ? word : `${word} ${rest}`
}

/** What it was about: the kind of each thing in words, before its id. What somebody wrote stays as it is. */
export function subjectOf(subject: string, { things, unknownAccount }: Words): string {
  if (subject === 'account unknown') return unknownAccount
  const end = subject.indexOf(': ')
  const named = end < 0 ? subject : subject.slice(0, end)
  const words: Partial<Record<string, string>> = things
  return named.replace(/(^| )([a-z_]+):/gu, (all, before: string, kind: string) => (words[kind] === undefined ? all : `${before}${words[kind]}:`)) + (end < 0 ? '' : subject.slice(end))
}
