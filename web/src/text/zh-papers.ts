/** Words of what is printed or taken along as a file. */
export const zhPapers = {
  papers: {
    title: '打印和导出',
    notice: '会议通知 PDF',
    signIn: '签到表 PDF',
    signInTable: '签到表 Excel',
    calendar: '日历文件 ICS',
    more: '导出',
    week: '周历 PDF（A4 横向）',
    weekLarge: '周历 PDF（A3 横向）',
    duty: (days: string) => `值班表 PDF（${days}）`,
    calendars: (days: string) => `日历文件 ICS（${days}）`,
    mine: '我的会议 ICS（今后四周）',
    contact: '联系人、电话',
    contactHint: '印在通知末尾；不填则印值班员姓名。',
    contactExample: '李军 0874-8881234',
    requirements: '有关要求',
    requirementsHint: '印在通知里，每行一项；不填则印通用要求。',
    requirementsExample: '请着正装，提前10分钟入场',
    span: { week: '本周', month: '本月', list: '31 天' },
  },
}
