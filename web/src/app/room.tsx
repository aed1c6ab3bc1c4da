import { PairPage } from '@/features/pair/PairPage'
import { RoomPage } from '@/features/room/RoomPage'
import { SeatPage } from '@/features/room/SeatPage'
import { roomAddress } from '@/lib/paths'
import { show } from '@/ui/Page'

const address = roomAddress(location.pathname)

function page() {
  switch (address.kind) {
    case 'pair':
      return <PairPage />
    case 'seat':
      return <SeatPage />
    case 'room':
      return <RoomPage venue={address.venue} />
    case 'unknown':
      return <RoomPage venue={null} />
  }
}

show(page())
