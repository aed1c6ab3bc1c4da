import { PairPage } from '@/features/pair/PairPage'
import { RoomPage } from '@/features/room/RoomPage'
import { roomAddress } from '@/lib/paths'
import { show } from '@/ui/Page'

const address = roomAddress(location.pathname)

show(address.kind === 'pair' ? <PairPage /> : <RoomPage venue={address.kind === 'room' ? address.venue : null} />)
