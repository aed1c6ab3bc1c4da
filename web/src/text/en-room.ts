import type { pair as zhPair, room as zhRoom, seat as zhSeat } from '@/text/zh-room'

export const room: typeof zhRoom = {
  title: 'Room machine',
  idle: 'Waiting for a meeting',
  next: 'Next meeting',
  noNext: 'No meeting planned',
  noVenue: 'The address names no venue; it should be /room/venue',
  unpaired: 'This machine is not paired',
  unpairedHelp: 'Ask the operator to add it on the page “Devices”, then type the 8 digits here.',
  openPair: 'Type the pairing code',
  ownPicture: 'Our picture',
  ownOnAir: 'Our picture is on air',
  noPicture: 'No picture',
  microphone: {
    open: 'Our microphone is open',
    closed: 'Our microphone is closed',
    'closed-here': 'Our microphone is closed',
    none: 'No microphone here',
    unknown: 'Connecting the microphone',
  },
  microphoneHint: {
    open: 'Everybody hears this room',
    closed: 'Nobody hears this room',
    'closed-here': 'Closed on this machine; the operator cannot open it',
    none: 'Check the cable; press OK to choose devices',
    unknown: 'Nobody hears this room',
  },
  settings: 'Devices of this room',
  closeHere: 'Close our microphone',
  allow: 'Let the operator open our microphone',
  showOwn: 'Show our own small picture',
  back: 'Back',
}

export const pair: typeof zhPair = {
  title: 'Pair this machine',
  hint: 'Ask the operator to add this machine on the page “Devices”, then type its 8 digits here.',
  code: 'Pairing code',
  erase: 'Erase',
  left: (count) => `${count} more`,
  asking: 'Checking…',
  paired: (name) => `Paired as ${name}, opening…`,
  refused: (line, code) => `${line} (code: ${code})`,
}

export const seat: typeof zhSeat = {
  title: 'Leader’s seat',
  of: (person) => `${person} · leader’s seat`,
  onAir: 'The meeting is on air',
  pin: (person) => `PIN of ${person}`,
  hint: 'Then you can enter the meeting. Nobody else may use this seat.',
  confirm: 'Confirm the PIN',
  asking: 'Checking…',
  enter: 'Enter the meeting',
  leave: 'Leave the seat: the PIN is asked for again',
  leaveHint: 'Leave the seat when you go: the picture and sound it sends end at once.',
}
