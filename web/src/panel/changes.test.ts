import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { queriesOf, readAgain } from '@/panel/changes'

const old = (queries: QueryClient): string[] =>
  queries
    .getQueryCache()
    .getAll()
    .filter(({ state }) => state.isInvalidated)
    .map(({ queryKey }) => String(queryKey[0]))
    .sort()

test('what changed is read again and nothing else, and everything if nobody knows what did', () => {
  const known = () => {
    const queries = new QueryClient()
    for (const name of ['meetings', 'venues', 'recordings', 'status', 'profiles']) queries.setQueryData([name], [])
    return queries
  }
  const cases: [string[] | null, string[]][] = [
    [[], []],
    [['meeting'], ['meetings', 'recordings']],
    [['venue', 'network'], ['venues']],
    [['profile'], ['profiles']],
    [['arrangement'], ['meetings']],
    [null, ['meetings', 'profiles', 'recordings', 'venues']],
  ]
  for (const [areas, expected] of cases) {
    const queries = known()
    readAgain(queries, areas)
    expect(old(queries)).toEqual(expected)
  }
  expect(queriesOf('unit')).toContain('accounts')
})
