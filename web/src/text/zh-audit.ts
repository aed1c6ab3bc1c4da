/** Words of the book: what was done, by its stable name in the server's table of routes. */
export const auditActions = {
  login: '登录',
  logout: '退出登录',
  'password.change': '修改密码',
  'account.make': '建立账号',
  'account.change': '修改账号',
  'account.reset': '重置密码',
  'account.end_sessions': '强制退出',
  'device.make': '添加设备',
  'device.pair': '配对设备',
  'device.revoke': '撤销设备',
  'venue.make': '建立会场',
  'venue.change': '修改会场',
  'meeting.plan': '建立会议',
  'meeting.change': '修改会议',
  'meeting.open': '开始会议',
  'meeting.close': '结束会议',
  'stage.programme': '选择上会画面',
  'stage.microphone': '打开或关闭话筒',
  'stage.close_all': '全场关闭话筒',
  'stage.remove': '移出会议',
  'meeting.visit': '来宾进入演示会议',
  'media.publish': '开始发送声像',
  'media.view': '开始观看',
  'media.change': '更改连接',
  'media.leave': '离开会议',
}

/** How an act ended; a code of a refusal stands for itself. */
export const auditResults = { ok: '成功' }
