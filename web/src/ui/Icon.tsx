/** Line icons of 24 units; each stands beside a word, never alone. */
const PATHS = {
  microphone: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4M8.5 21h7',
  'microphone-off': 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4M8.5 21h7M4 3l16 18',
  camera: 'M3 7h12v10H3zM15 11l6-4v10l-6-4',
  'camera-off': 'M3 7h12v10H3zM15 11l6-4v10l-6-4M4 3l16 18',
  content: 'M3 5h18v11H3zM8 20h8M12 16v4M12 13V8M9.5 10.5L12 8l2.5 2.5',
  leave: 'M14 4H5v16h9M10 12h11M17.5 8.5L21 12l-3.5 3.5',
  speaker: 'M4 9h4l5-4v14l-5-4H4zM16.5 8.5a5 5 0 0 1 0 7M19 6a9 9 0 0 1 0 12',
  screen: 'M3 5h18v11H3zM8 20h8M12 16v4',
  meetings: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  schedule: 'M3 5h18v15H3zM3 10h18M3 15h18M9 10v10M15 10v10',
  legs: 'M4 17a8 8 0 0 1 16 0M8 17a4 4 0 0 1 8 0M12 17v.3M12 4v2',
  devices: 'M3 5h12v9H3zM7 18h4M9 14v4M18 8h3v11h-5v-5',
  venues: 'M4 21V9l8-6 8 6v12zM9 21v-7h6v7',
  units: 'M12 3v5M12 8H5v5M12 8h7v5M12 8v5M3 13h4v5H3zM10 13h4v5h-4zM17 13h4v5h-4z',
  accounts: 'M12 4a4 4 0 0 1 0 8 4 4 0 0 1 0-8zM4 21a8 8 0 0 1 16 0',
  recordings: 'M3 5h18v14H3zM10 9v6l5-3z',
  'sign-off': 'M4 20h16M6 16l10-10 3 3L9 19H6zM14 8l3 3',
  access: 'M3 5h18v14H3zM3 10h18M9 5v14M15 5v14',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7M14 3v5h5',
  status: 'M3 13h4l3-7 4 12 3-5h4',
  check: 'M4 12.5l5 5L20 6.5',
  remove: 'M5 12h14',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  menu: 'M4 7h16M4 12h16M4 17h16',
  'speaker-off': 'M4 9h4l5-4v14l-5-4H4zM16 9.5l5 5M21 9.5l-5 5',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2v.3',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.8} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
