import type { Locator, Page } from '@playwright/test'

/** What a picture looks like at this moment. */
export interface Look {
  /** Pictures shown so far. */
  frames: number
  /** Mean colour of the upper left quarter, where nothing moves. */
  red: number
  green: number
  blue: number
  /** Pixels of 320 × 180, as brightness. */
  pixels: number[]
}

/** Looks at a `<video>`. */
export const look = (video: Locator): Promise<Look> =>
  video.evaluate((element: HTMLVideoElement): Look => {
    const canvas = document.createElement('canvas')
    canvas.width = 320
    canvas.height = 180
    const brush = canvas.getContext('2d')
    if (brush === null || element.videoWidth === 0) return { frames: 0, red: 0, green: 0, blue: 0, pixels: [] }
    brush.drawImage(element, 0, 0, 320, 180)
    const { data } = brush.getImageData(0, 0, 320, 180)
    const pixels: number[] = []
    const sum = [0, 0, 0]
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]]
      pixels.push(Math.round((red + green + blue) / 3))
      const [x, y] = [(at / 4) % 320, Math.floor(at / 4 / 320)]
      if (x < 160 && y < 60) [red, green, blue].forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value))
    }
    const mean = (index: number) => Math.round((sum[index] ?? 0) / (160 * 60))
    return { frames: element.getVideoPlaybackQuality().totalVideoFrames, red: mean(0), green: mean(1), blue: mean(2), pixels }
  })

/** How many pixels of two looks differ visibly. */
export const changed = (before: Look, after: Look): number => after.pixels.filter((value, index) => Math.abs(value - (before.pixels[index] ?? value)) > 20).length

/** Pictures decoded and sound received so far, over all connections of the page that are not closed. */
export const received = (page: Page): Promise<{ frames: number; energy: number; packets: number }> =>
  page.evaluate(async () => {
    const total = { frames: 0, energy: 0, packets: 0 }
    for (const connection of window.connections) {
      if (connection.connectionState === 'closed') continue
      const report = await connection.getStats()
      report.forEach((entry: Record<string, unknown>) => {
        if (entry.type !== 'inbound-rtp') return
        total.packets += Number(entry.packetsReceived ?? 0)
        if (entry.kind === 'video') total.frames += Number(entry.framesDecoded ?? 0)
        if (entry.kind === 'audio') total.energy += Number(entry.totalAudioEnergy ?? 0)
      })
    }
    return total
  })

/** What losses on the way have done so far to what the page receives. */
export const suffered = (page: Page): Promise<{ frames: number; freezes: number; frozen: number; repaired: number; concealed: number; samples: number }> =>
  page.evaluate(async () => {
    const total = { frames: 0, freezes: 0, frozen: 0, repaired: 0, concealed: 0, samples: 0 }
    for (const connection of window.connections) {
      if (connection.connectionState === 'closed') continue
      const report = await connection.getStats()
      report.forEach((entry: Record<string, unknown>) => {
        if (entry.type !== 'inbound-rtp') return
        const of = (name: string) => Number(entry[name] ?? 0)
        total.repaired += of('retransmittedPacketsReceived')
        if (entry.kind === 'video') {
          total.frames += of('framesDecoded')
          total.freezes += of('freezeCount')
          total.frozen += of('totalFreezesDuration')
        } else {
          total.concealed += of('concealedSamples') - of('silentConcealedSamples')
          total.samples += of('totalSamplesReceived')
        }
      })
    }
    return total
  })

/** Loudness of one tone among everything the page receives, in decibels: the strongest line counts. */
export const loudness = (page: Page, hertz: number): Promise<number> =>
  page.evaluate(async (frequency) => {
    const context = new AudioContext()
    const tracks = window.connections
      .filter((connection) => connection.connectionState === 'connected')
      .flatMap((connection) => connection.getReceivers().map((receiver) => receiver.track))
      .filter((track) => track.kind === 'audio' && track.readyState === 'live')
    const analysers = tracks.map((track) => {
      const analyser = context.createAnalyser()
      analyser.fftSize = 8192
      analyser.smoothingTimeConstant = 0
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
      return analyser
    })
    await new Promise((resolve) => setTimeout(resolve, 400))
    const bin = Math.round((frequency * 8192) / context.sampleRate)
    const levels = analysers.map((analyser) => {
      const bins = new Float32Array(analyser.frequencyBinCount)
      analyser.getFloatFrequencyData(bins)
      return Math.max(...[-1, 0, 1].map((offset) => bins[bin + offset] ?? -Infinity))
    })
    await context.close()
    return Math.max(-200, ...levels)
  }, hertz)

/** A layer of the page's picture: frames sent so far, pixels across, and what keeps the browser from sending more. */
export interface Layer {
  frames: number
  width: number
  limit: string
}

/** Each layer of the page's picture, by its name. */
export const layersSent = (page: Page): Promise<Record<string, Layer>> =>
  page.evaluate(async () => {
    const layers: Record<string, Layer> = {}
    for (const connection of window.connections) {
      if (connection.connectionState !== 'connected') continue
      const report = await connection.getStats()
      report.forEach((entry: Record<string, unknown>) => {
        if (entry.type === 'outbound-rtp' && typeof entry.rid === 'string') layers[entry.rid] = { frames: Number(entry.framesSent ?? 0), width: Number(entry.frameWidth ?? 0), limit: String(entry.qualityLimitationReason) }
      })
    }
    return layers
  })

/** Has the page look at one participant's picture, as large as it comes, by a WHEP session of its own. */
export const lookAt = (page: Page, meeting: string, name: string): Promise<void> =>
  page.evaluate(
    async ([meeting, name]) => {
      const connection = new RTCPeerConnection()
      const { receiver } = connection.addTransceiver('video', { direction: 'recvonly' })
      await connection.setLocalDescription(await connection.createOffer())
      const answer = await fetch(`/whep/${meeting}`, { method: 'POST', headers: { 'content-type': 'application/sdp', 'yunling-page': '1' }, body: connection.localDescription?.sdp ?? '' })
      await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
      const address = new URL(/<([^>]*)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? '', location.href)
      address.protocol = 'wss:'
      const channel = new WebSocket(address)
      channel.addEventListener('open', () => channel.send(JSON.stringify({ type: 'hello', token: null })))
      channel.addEventListener('message', ({ data }) => {
        const message = JSON.parse(String(data)) as { type: string; publications?: { id: number; name: string; codec: string }[] }
        const wanted = message.publications?.find((one) => one.name === name && one.codec !== 'opus')
        if (wanted !== undefined) channel.send(JSON.stringify({ type: 'wish', wishes: [{ mid: '0', want: { kind: 'publication', id: wanted.id }, pixelsMax: null, priority: 0 }] }))
      })
      const video = document.createElement('video')
      video.muted = true
      video.srcObject = new MediaStream([receiver.track])
      document.body.append(video)
      await video.play().catch(() => undefined)
    },
    [meeting, name] as const,
  )

/** Width of the picture decoded last by the page's newest connection, and pictures decoded so far. */
export const newestPicture = (page: Page): Promise<{ width: number; frames: number }> =>
  page.evaluate(async () => {
    const found = { width: 0, frames: 0 }
    const report = await window.connections.at(-1)?.getStats()
    report?.forEach((entry: Record<string, unknown>) => {
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') Object.assign(found, { width: Number(entry.frameWidth ?? 0), frames: Number(entry.framesDecoded ?? 0) })
    })
    return found
  })
