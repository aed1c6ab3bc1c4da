import type { zhPapers } from '@/text/zh-papers'

export const enPapers: typeof zhPapers = {
  papers: {
    title: 'Print and export',
    notice: 'Notice, PDF',
    signIn: 'Attendance sheet, PDF',
    signInTable: 'Attendance, Excel',
    calendar: 'Calendar file, ICS',
    more: 'Export',
    week: 'Week board, PDF (A4 landscape)',
    weekLarge: 'Week board, PDF (A3 landscape)',
    duty: (days) => `Duty roster, PDF (${days})`,
    calendars: (days) => `Calendar file, ICS (${days})`,
    mine: 'My meetings, ICS (next four weeks)',
    span: { week: 'this week', month: 'this month', list: '31 days' },
  },
}
