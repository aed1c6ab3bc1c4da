import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { brief, groups, members, names, type Description } from '@/features/api/schema'

test('a schema is one line', () => {
  expect(brief({ $ref: '#/components/schemas/MeetingEntry' })).toBe('MeetingEntry')
  expect(brief({ type: 'array', items: { $ref: '#/components/schemas/Row' } })).toBe('Row[]')
  expect(brief({ type: ['string', 'null'] })).toBe('string | null')
  expect(brief({ anyOf: [{ $ref: '#/x/A' }, { type: 'null' }] })).toBe('A | null')
  expect(brief({ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } })).toBe('(string | null)[]')
  expect(brief({ type: 'string', enum: ['h264', 'vp8'] })).toBe('"h264" | "vp8"')
  expect(brief(true)).toBe('any')
})

test('what may be left out is not required', () => {
  const found = members({ properties: { id: { type: 'string' }, rows: { type: 'array', items: { $ref: '#/x/Row' } } }, required: ['id'] })
  expect(found.map(({ name, optional, links }) => [name, optional, links])).toEqual([
    ['id', false, []],
    ['rows', true, ['Row']],
  ])
})

test('every schema of the server is shown with a type, and every link leads to one', () => {
  const text = readFileSync(new URL('../../api/generated/openapi.json', import.meta.url), 'utf8')
  const description = JSON.parse(text) as Description
  const { schemas } = description.components
  for (const [name, schema] of Object.entries(schemas)) {
    for (const link of [...names(schema), ...members(schema).flatMap(({ links }) => links)]) expect(schemas, `${name} names ${link}`).toHaveProperty(link)
    for (const member of members(schema)) expect(member.type, `${name}.${member.name}`).not.toContain('undefined')
  }
  const all = groups(description, '')
  expect(all.flatMap(({ routes }) => routes).length).toBeGreaterThan(100)
  expect(groups(description, 'post roll-calls/call').flatMap(({ routes }) => routes.map(({ path }) => path))).toEqual(['/api/meetings/{meeting}/roll-calls/call'])
})
