import type { Wanted } from '@/api/generated/wire'

/** Words of the schedule. */
export const zhSchedule = {
  schedule: {
    groups: { meeting: '会议', places: '会场和线路', people: '值班和领导', notice: '会议通知' },
    line: '上会线路',
    lineHint: '会议开始时自动接入；收听收看上级会议时直接上会',
    noLine: '不用线路',
    operator: '值班员',
    noOperator: '暂不指定',
    leaders: '参加的领导',
    leadersHint: '参会的领导（可选多位）',
    checking: '正在核对时间…',
    fits: '会场、线路和人员都不冲突',
    thing: {
      venue: (name: string) => `会场「${name}」`,
      line: (name: string) => `线路「${name}」`,
      operator: (name: string) => `值班员${name}`,
      leader: (name: string) => `领导${name}`,
    } satisfies Record<Wanted, (name: string) => string>,
    meeting: (title: string, time: string) => `「${title}」（${time}）`,
    refused: (thing: string, meeting: string) => `${thing}这段时间已安排给${meeting}`,
    refusedHint: '同一会场、同一线路不能同时用于两个会议。请改时间，或改选会场、线路。',
    free: (time: string) => `最近的空闲时间：${time}`,
    takeFree: '改用这个时间',
    first: '上级优先：以下本级会议与本会议冲突，可自动改期',
    move: (title: string, from: string, to: string) => `「${title}」由 ${from} 改到 ${to}`,
    takeMoves: (count: number) => (count === 1 ? '同意改期' : `同意，${count} 个会议一并改期`),
    movesTaken: '已同意改期，保存本会议时一并更改',
    undo: '撤回',
    warned: (thing: string, meeting: string) => `${thing}这段时间还有${meeting}`,
    known: '已知晓，仍这样安排',
  },
}
