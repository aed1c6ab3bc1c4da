import type { zhPapers } from '@/text/zh-papers'

export const enPapers: typeof zhPapers = {
  papers: {
    title: 'Print and export',
    notice: 'Notice, PDF',
    signIn: 'Attendance sheet, PDF',
    signInTable: 'Attendance, Excel',
    jointTest: 'Joint test record, PDF',
    calendar: 'Calendar file, ICS',
    more: 'Export',
    week: 'Week board, PDF (A4 landscape)',
    weekLarge: 'Week board, PDF (A3 landscape)',
    duty: (days) => `Duty roster, PDF (${days})`,
    calendars: (days) => `Calendar file, ICS (${days})`,
    mine: 'My meetings, ICS (next four weeks)',
    contact: 'Contact and telephone',
    contactHint: 'At the end of the printed notice; left empty, the name of whoever is on duty.',
    contactExample: 'Li Jun 0874-8881234',
    contactIs: (contact) => `Contact: ${contact}`,
    contactOnDuty: 'Contact: whoever is on duty',
    printedChange: 'Contact and requirements',
    requirements: 'Requirements',
    requirementsHint: 'In the printed notice, one a line; left empty, the usual ones.',
    requirementsExample: 'Be seated ten minutes before',
    span: { week: 'this week', month: 'this month', list: '31 days' },
  },
}
