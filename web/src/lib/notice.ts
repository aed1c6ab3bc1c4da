/** A meeting's notice as people type it: one attendee a line, `张建国 副县长，县政府`, one agenda item a line. Pure. */
import type { MeetingNotice } from '@/api/generated/wire'

export interface TypedNotice {
  unit: string
  attendees: string
  agenda: string
  contact: string
  requirements: string
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** What stands behind the first comma of a line is the unit; a list pasted from a table has a tab there. */
export function readNotice({ unit, attendees, agenda, contact, requirements }: TypedNotice): MeetingNotice {
  return {
    unit: unit.trim(),
    attendees: lines(attendees).map((line) => {
      const [, name = line, of = ''] = /^([^,，;；\t]*)[,，;；\t]\s*(.*)$/.exec(line) ?? []
      return { name: name.trim(), unit: of.replace(/\t+/g, ' ').trim() }
    }),
    agenda: lines(agenda).map((line) => line.replace(/\t+/g, ' ')),
    contact: contact.trim(),
    requirements: lines(requirements).map((line) => line.replace(/\t+/g, ' ')),
  }
}

export const typeNotice = ({ unit, attendees, agenda, contact, requirements }: MeetingNotice): TypedNotice => ({
  unit,
  attendees: attendees.map(({ name, unit: of }) => (of === '' ? name : `${name}，${of}`)).join('\n'),
  agenda: agenda.join('\n'),
  contact,
  requirements: requirements.join('\n'),
})

export const EMPTY_NOTICE: MeetingNotice = { unit: '', attendees: [], agenda: [], contact: '', requirements: [] }
