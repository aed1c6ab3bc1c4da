import type { Hindrance, MicrophonePolicy } from '@/api/generated/wire'

/** Words of profiles, and of how meetings open. */
export const zhProfiles = {
  profiles: {
    title: '会议模板',
    hint: '把常开的会议预先设好：类型、线路、会场、录制、会标、是否自动开会。新建会议时选用，其余自动填好。',
    make: '新建模板',
    none: '还没有会议模板。常开的会议（例如每月的省视频会）建一个模板，以后两三步就能排好。',
    back: '返回会议',
    columns: { name: '模板', kind: '类型', venues: '会场和线路', opening: '开会方式', actions: '操作' },
    name: '模板名称',
    nameHint: '例如：省防汛视频会',
    venues: '参加的会场',
    length: '通常时长',
    byLine: (name: string) => `线路：${name}`,
    lineGone: '线路已删除，请修改',
    use: '用它新建会议',
    changeTitle: (name: string) => `修改模板「${name}」`,
    changeHint: '只影响以后新建的会议；已经排好的会议不变。',
    remove: '删除模板',
    removeTitle: (name: string) => `删除模板「${name}」？`,
    removeEffect: '以后新建会议时不再出现。已经用它排好的会议照旧，不受影响。',
    choose: '会议模板',
    chooseNone: '不用模板',
    chooseHint: '选用后自动填好类型、线路、会场、参会单位、录制和会标，仍可修改',
  },
  opening: {
    title: '开会方式',
    change: '更改开会方式',
    fold: '收起',
    by: { hand: '由会控员开会', itself: '到时间自动开会' },
    before: '自动开会的时间',
    beforeMinutes: (minutes: number) => (minutes === 0 ? '到点开会' : `提前 ${minutes} 分钟`),
    itself: (when: string) => `到时间自动开会（${when}）`,
    itselfHint: '到时间由服务器开会：会场机进入会议，线路接入。不会自动结束，由会控员结束。',
    recorded: '录制',
    records: { yes: '开会即自动录制', no: '不自动录制' },
    microphones: '开会时的话筒',
    policy: { closed: '话筒全部关闭', own: '手动开会时主会场话筒打开，其余关闭' } satisfies Record<MicrophonePolicy, string>,
    upperHint: '收听收看上级会议时，本级话筒一律先关闭',
    banner: '会标',
    bannerHint: '例如：马龙区防汛工作视频会议',
    bannerExtra: '等候时和没有画面时显示在大屏幕上；不填则显示会议名称',
    fixed: '会议已经开始：只能更改会标。录制和话筒请在值班台操作。',
    openEffectOwn: (venues: string) => `${venues}的会场机立即进入会议，发送画面；主会场的话筒立即打开，其余话筒保持关闭，由您打开。`,
    openRecords: { yes: '同时开始录制。', no: '不自动录制。' },
    saidBanner: (banner: string) => `会标「${banner}」`,
  },
  unopened: (title: string, why: string) => `「${title}」到时间未能自动开会：${why}`,
  hindrance: (why: Hindrance): string => {
    switch (why.kind) {
      case 'venueTaken':
        return `会场「${why.venue}」正在开「${why.other}」。结束那个会议，或从本会议中去掉这个会场，随后自动开会`
      case 'lineTaken':
        return `线路「${why.line}」正供「${why.other}」使用。结束那个会议，或为本会议改选线路，随后自动开会`
      case 'lineGone':
        return '它的线路已被删除。请在会议中改选线路或改为不用线路，随后自动开会；也可以手动开始会议'
      case 'unsigned':
        return '会议安排还没有审签。请审签人签字，随后自动开会；紧急时可手动开始会议，会后补签'
      case 'failed':
        return '服务器未能开会，每 30 秒重试一次。请手动开始会议，并请技术人员查看日志'
    }
  },
}
