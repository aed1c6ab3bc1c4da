import { expect, test } from 'vitest'
import { readNotice, typeNotice } from './notice'

test('a notice is read line by line, and typed again as it was', () => {
  const read = readNotice({ unit: ' 县防汛抗旱指挥部 ', attendees: '张建国 副县长，县政府\n\n李伟\t县水务局\r\n王秀兰\n赵云, 县委办, 科员', agenda: '通报汛情\n 部署转移安置 \n', contact: ' 李军 0874-8881234 ', requirements: '请着正装\n\n' })
  expect(read).toEqual({
    unit: '县防汛抗旱指挥部',
    attendees: [
      { name: '张建国 副县长', unit: '县政府' },
      { name: '李伟', unit: '县水务局' },
      { name: '王秀兰', unit: '' },
      { name: '赵云', unit: '县委办, 科员' },
    ],
    agenda: ['通报汛情', '部署转移安置'],
    contact: '李军 0874-8881234',
    requirements: ['请着正装'],
  })
  expect(readNotice(typeNotice(read))).toEqual(read)
})
