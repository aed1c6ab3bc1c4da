/** What runs inside the pages under test: a camera and microphone to be recognised by, and a list of all peer connections. */

export interface Source {
  /** Fill colour of the picture, `#rrggbb`. */
  colour: string
  /** Tone of the microphone. */
  hertz: number
  /** Most of the picture is noise, which no encoder makes small. */
  restless?: boolean
  /** Of the picture; 640 × 360 unless said. */
  size?: [width: number, height: number]
}

declare global {
  interface Window {
    connections: RTCPeerConnection[]
    violations: string[]
  }
}

/** Keeps every peer connection and every violation of the page's policy where a test finds it. */
export function observe(): void {
  window.connections = []
  window.violations = []
  document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`))
  const Original = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      window.connections.push(this)
    }
  }
}

/** A picture of one colour with a white bar that moves, and a tone that no echo canceller eats. */
export function beSource({ colour, hertz, restless, size: [width, height] = [640, 360] }: Source): void {
  navigator.mediaDevices.getUserMedia = (constraints) => {
    const tracks: MediaStreamTrack[] = []
    if (constraints?.video !== undefined) {
      const canvas = document.createElement('canvas')
      canvas.width = width
      canvas.height = height
      const brush = canvas.getContext('2d')
      brush?.scale(width / 640, height / 360)
      let frame = 0
      const draw = () => {
        if (brush === null) return
        brush.fillStyle = colour
        brush.fillRect(0, 0, 640, 360)
        brush.fillStyle = '#ffffff'
        brush.fillRect((frame * 7) % 600, 140, 40, 80)
        for (let at = 0; restless === true && at < 600; at += 1) {
          brush.fillStyle = `rgb(${(Math.random() * 256).toFixed()} ${(Math.random() * 256).toFixed()} ${(Math.random() * 256).toFixed()})`
          brush.fillRect((at % 40) * 16, 120 + Math.floor(at / 40) * 16, 16, 16)
        }
        frame += 1
      }
      draw()
      setInterval(draw, 66)
      tracks.push(...canvas.captureStream(15).getVideoTracks())
    }
    if (constraints?.audio !== undefined) {
      const context = new AudioContext()
      const tone = context.createOscillator()
      const gain = context.createGain()
      const output = context.createMediaStreamDestination()
      tone.frequency.value = hertz
      gain.gain.value = 0.4
      tone.connect(gain).connect(output)
      tone.start()
      tracks.push(...output.stream.getAudioTracks())
    }
    return Promise.resolve(new MediaStream(tracks))
  }
}

/** The page's address is not secure: no camera, no microphone, as in a browser without the root certificate. */
export function beInsecure(): void {
  Object.defineProperty(window, 'isSecureContext', { value: false })
  Object.defineProperty(navigator, 'mediaDevices', { value: undefined })
}

/** Lets ICE use relays only, of which there are none. */
export function beCutOff(): void {
  const { RTCPeerConnection: Real } = window
  window.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' })
    }
  }
}

/** A firewall lets no UDP through. */
export function beByTcp(): void {
  const { RTCPeerConnection: Real } = window
  window.RTCPeerConnection = class extends Real {
    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      const sdp = description.sdp?.replace(/^a=candidate:\S+ 1 udp .*\r\n/gm, '')
      return super.setRemoteDescription({ ...description, ...(sdp !== undefined && { sdp }) })
    }
  }
}

/** It can't report when packets arrive, as many a player that is no browser. */
export function beUnreporting(): void {
  const real = window.fetch.bind(window)
  window.fetch = (to, how) => {
    const body = how?.body
    if (typeof body !== 'string' || !body.startsWith('v=0')) return real(to, how)
    const offer = body.split('\r\n').filter((line) => !/transport-wide-cc| transport-cc$/.test(line))
    return real(to, { ...how, body: offer.join('\r\n') })
  }
}

/** Media go to another port than the one the relay answers with, that of a line in front of it, and by no other way. */
export function beThrough(port: number): void {
  const { RTCPeerConnection: Real } = window
  window.RTCPeerConnection = class extends Real {
    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      const sdp = description.sdp
        ?.replace(/^(a=candidate:\S+ 1 udp \d+) \S+ \d+ typ host/gm, `$1 127.0.0.1 ${port} typ host`)
        .replace(/^a=candidate:\S+ 1 tcp .*\r\n/gm, '')
      return super.setRemoteDescription({ ...description, ...(sdp !== undefined && { sdp }) })
    }
  }
}
