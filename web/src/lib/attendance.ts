/** Attendance lists: who is meant by what is typed, and which units are shown. Pure. */
import type { AttendanceList, AttendeeEntry, InvitedUnit, NewAttendee } from '@/api/generated/wire'

/** Somebody with the name of their unit. */
export type Listed = AttendeeEntry & { unitName: string }

/** Everybody, in the order of their numbers. */
export const everybody = (units: InvitedUnit[]): Listed[] =>
  units.flatMap(({ name, people }) => people.map((person) => ({ ...person, unitName: name }))).sort((a, b) => a.number - b.number)

/** Who comes: the stand-in, where there is one. */
export const comes = ({ name, answer }: AttendeeEntry): string => (answer.kind === 'standIn' ? answer.name : name)

/**
 * Whom somebody at the door means: a number is a number on the sheet, everything else a part of a name or of a unit. Whoever has not
 * signed in comes first.
 */
export function found(people: Listed[], typed: string): Listed[] {
  const word = typed.trim()
  const open = (list: Listed[]) => [...list.filter(({ signed }) => signed === null), ...list.filter(({ signed }) => signed !== null)]
  if (word === '') return open(people)
  if (/^\d+$/.test(word)) return people.filter(({ number }) => number === Number(word))
  const has = (text: string) => text.includes(word)
  return open(people.filter((person) => has(person.name) || has(comes(person)) || has(person.unitName)))
}

/** Whether a unit is a township, by its name: 乡, 镇 and 街道 with whatever stands behind them. */
export const isTownship = (name: string): boolean => /(乡|镇|街道)(人民政府|办事处|党工委|党委)?$/.test(name)

/** Which units are shown. */
export type Shown = 'all' | 'waiting' | 'unnamed' | 'leave'
export const SHOWN: Shown[] = ['all', 'waiting', 'unnamed', 'leave']

export const shows = (which: Shown, { receipt, people }: InvitedUnit): boolean => {
  switch (which) {
    case 'all':
      return true
    case 'waiting':
      return receipt.standing !== 'confirmed'
    case 'unnamed':
      return people.length === 0
    case 'leave':
      return people.some(({ answer }) => answer.kind === 'leave' || answer.kind === 'standIn')
  }
}

/** One person a line, `李军 局长`; a table that is pasted has a tab between. */
export const typedPeople = (text: string): NewAttendee[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = line, position = ''] = /^(\S+?)[\s,，、]+(.*)$/.exec(line) ?? []
      return { name, position: position.replace(/\s+/g, ' ').trim() }
    })

/** The list after somebody's entry became another one: what a page shows before it has read it anew. */
export const replaced = (list: AttendanceList, person: AttendeeEntry, figures: AttendanceList['figures']): AttendanceList => ({
  ...list,
  figures,
  units: list.units.map((unit) => (unit.people.some(({ id }) => id === person.id) ? { ...unit, people: unit.people.map((one) => (one.id === person.id ? person : one)) } : unit)),
})
