import { exportAttendance } from '@/api/attendance'
import { save } from '@/lib/save'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

export type AttendanceFormat = 'xlsx' | 'csv'

/** Fetches the attendance sheet of a meeting as a table, and has the browser keep it under the meeting's name. */
export function useAttendanceFile(meeting: string, title: string) {
  const { file } = useText().panel.attendance
  return useChange(async (format: AttendanceFormat) => save(await exportAttendance(meeting, format), `${title} ${file}.${format}`), [])
}
