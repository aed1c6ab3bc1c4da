import dayjs from 'dayjs'
import { describe, expect, it } from 'vitest'
import { daysOf, mine, paperOf, scheduled, weekPaper } from '@/features/meetings/papers'

describe('papers', () => {
  const tuesday = dayjs('2025-06-03T09:30')

  it('are asked for the days that are shown', () => {
    const days = (view: 'week' | 'month' | 'list') => daysOf(view, tuesday).map((day) => day.format('MM-DD HH:mm'))
    expect(days('week')).toEqual(['06-02 00:00', '06-09 00:00'])
    expect(days('month')).toEqual(['06-01 00:00', '07-01 00:00'])
    expect(days('list')).toEqual(['06-03 00:00', '07-04 00:00'])
  })

  it('have addresses that the server knows', () => {
    const monday = dayjs('2025-06-02T00:00')
    expect(paperOf('a/b', 'notice.pdf')).toBe('/api/meetings/a%2Fb/notice.pdf')
    expect(weekPaper(tuesday, 'a3')).toBe(`/api/schedule/week.pdf?from=${monday.valueOf()}&size=a3`)
    expect(scheduled('duty.pdf', [monday, tuesday])).toBe(`/api/schedule/duty.pdf?from=${monday.valueOf()}&to=${tuesday.valueOf()}`)
    expect(mine(tuesday)).toMatch(/calendar\.ics\?from=\d+&to=\d+&mine=true$/)
  })
})
