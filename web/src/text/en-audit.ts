import type { auditActions as zhActions, auditResults as zhResults } from '@/text/zh-audit'

export const auditActions: typeof zhActions = {
  login: 'log in',
  logout: 'log out',
  'password.change': 'change password',
  'account.make': 'make account',
  'account.change': 'change account',
  'account.reset': 'reset password',
  'account.end_sessions': 'log out everywhere',
  'device.make': 'add device',
  'device.pair': 'pair device',
  'device.revoke': 'revoke device',
  'venue.make': 'make venue',
  'venue.change': 'change venue',
  'meeting.plan': 'make meeting',
  'meeting.change': 'change meeting',
  'meeting.open': 'start meeting',
  'meeting.close': 'end meeting',
  'stage.programme': 'choose the programme',
  'stage.microphone': 'open or close a microphone',
  'stage.close_all': 'close all microphones',
  'stage.remove': 'remove from meeting',
  'meeting.visit': 'visit the demonstration',
  'media.publish': 'begin to send',
  'media.view': 'begin to watch',
  'media.change': 'change connection',
  'media.leave': 'leave meeting',
}

export const auditResults: typeof zhResults = { ok: 'done' }
