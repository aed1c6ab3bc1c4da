import type { Clearance } from '@/api/generated/wire'

/** Words of signatures under arrangements. */
export const zhSigning = {
  signing: {
    state: { unsigned: '未审签', waiting: '待审签', refused: '审签未同意', signed: '已审签' } satisfies Record<Clearance, string>,
    row: '审签',
    signedBy: (by: string, time: string, text: string) => `${by} ${time}${text === '' ? '' : `：${text}`}`,
    ask: '提交审签',
    askTitle: (title: string) => `提交审签：${title}`,
    askEffect: '会议的名称、时间、会场、线路和领导将按现在的安排送审签人审签。签后再改动这些内容，须重新提交。',
    askText: '说明（可不填）',
    resign: '本会议安排已经审签。更改名称、时间、会场、线路或领导后，须重新提交审签。',
    openUnsigned: (state: string) => `本会议安排${state}。情况紧急的可以先开始，事后补签；此事记入审计记录。`,
    openAnyway: '知晓未审签，仍然开始',
    title: '会议安排审签',
    none: '没有会议安排的审签申请。',
    changed: '提交后又有改动',
    changedHint: '提交审签后会议安排又有改动，须由会控员重新提交，这一份不能再签。',
    text: '会议安排',
    remark: '说明',
    grant: '同意此安排',
    refuse: '不同意',
    grantTitle: (title: string) => `同意会议安排：${title}`,
    grantEffect: '签字后，会议可以按此安排自动开始。所签内容存入审签记录。',
    refuseTitle: (title: string) => `不同意会议安排：${title}`,
    refuseEffect: '会议安排退回，提交人可按意见修改后重新提交。',
    rule: '会议安排需审签',
    ruleHint: '本单位主办的会议，安排须经审签人签字才会自动开始；本级单位的规定也用于没有写明主办单位的会议。',
    ruleTag: '会议安排需审签',
  },
}
