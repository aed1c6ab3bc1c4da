import type { RoomMicrophone } from '@/media/microphone'

/** Words of a room's machine. */
export const room = {
  title: '会场机',
  idle: '等待会议',
  next: '下一场会议',
  noNext: '暂无会议安排',
  noVenue: '地址中没有会场，应为 /room/会场代号',
  unpaired: '本机尚未配对',
  unpairedHelp: '请会控员在「设备」页添加本机，得到 8 位号码，然后在本机输入。',
  openPair: '输入配对号码',
  ownPicture: '本会场画面',
  ownOnAir: '本会场正在播出',
  noPicture: '没有画面',
  microphone: {
    open: '本会场话筒已打开',
    closed: '本会场话筒已关闭',
    'closed-here': '本会场话筒已关闭',
    none: '本会场没有话筒',
    unknown: '正在连接话筒',
  } satisfies Record<RoomMicrophone, string>,
  microphoneHint: {
    open: '全场听得到本会场',
    closed: '全场听不到本会场',
    'closed-here': '已在本机关闭，会控员不能打开',
    none: '请检查连接线，按确认键选择设备',
    unknown: '全场听不到本会场',
  } satisfies Record<RoomMicrophone, string>,
  settings: '本会场设备',
  closeHere: '关闭本会场话筒',
  allow: '允许会控员打开本会场话筒',
  showOwn: '显示本会场小画面',
  back: '返回',
}

/** Words of a leader's seat. */
export const seat = {
  title: '领导座席',
  of: (person: string) => `${person} · 领导座席`,
  onAir: '会议正在进行',
  pin: (person: string) => `请${person}输入 PIN 码`,
  hint: '核对后即可进入会议。本座席只能由本人使用。',
  confirm: '确认 PIN 码',
  asking: '正在核对…',
  enter: '进入会议',
  leave: '离席：下次参会须再次输入 PIN 码',
  leaveHint: '离开座位时请点「离席」，正在发送的画面和声音随即断开。',
}

/** Words of the page where a machine is paired. */
export const pair = {
  title: '配对本机',
  hint: '请会控员在管理页面的「设备」中添加本机，然后在此输入 8 位号码。',
  code: '配对号码',
  erase: '删除',
  left: (count: number) => `还需输入 ${count} 位`,
  asking: '正在核对…',
  paired: (name: string) => `配对成功：${name}，正在打开…`,
  refused: (line: string, code: string) => `${line}（代码：${code}）`,
}
