/** Level of a track and a tone to test a loudspeaker with. */

/** Level from 0 to 1 of samples around 0: −60 dBFS and below is 0, full scale 1. */
export function level(samples: Float32Array): number {
  let square = 0
  for (const sample of samples) square += sample * sample
  const decibel = 10 * Math.log10(square / Math.max(1, samples.length) + 1e-12)
  return Math.min(1, Math.max(0, (decibel + 60) / 60))
}

/** Calls `report` with the track's level ten times a second until the returned function is called. */
export function meter(track: MediaStreamTrack, report: (level: number) => void): () => void {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const wake = () => void context.resume().catch(() => undefined)
  wake()
  document.addEventListener('click', wake)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    report(level(samples))
  }, 100)
  return () => {
    clearInterval(timer)
    document.removeEventListener('click', wake)
    void context.close().catch(() => undefined)
  }
}

interface Sink {
  setSinkId?: (id: string) => Promise<void>
}

/** Sends an element's sound to a loudspeaker, where the browser can; `''` is the system's choice. */
export const playOn = async (element: HTMLMediaElement, speaker: string): Promise<void> => {
  await (element as Sink).setSinkId?.(speaker).catch(() => undefined)
}

/** A second and a half of two soft tones, one after the other. Fails where the browser still waits for a gesture. */
export async function playTone(speaker: string): Promise<void> {
  const context = new AudioContext()
  const output = context.createMediaStreamDestination()
  const gain = context.createGain()
  gain.connect(output)
  gain.gain.setValueAtTime(0, context.currentTime)
  gain.gain.linearRampToValueAtTime(0.25, context.currentTime + 0.05)
  gain.gain.setValueAtTime(0.25, context.currentTime + 1.3)
  gain.gain.linearRampToValueAtTime(0, context.currentTime + 1.5)
  for (const [frequency, from, to] of [[523, 0, 0.7], [659, 0.75, 1.5]] as const) {
    const tone = context.createOscillator()
    tone.frequency.value = frequency
    tone.connect(gain)
    tone.start(context.currentTime + from)
    tone.stop(context.currentTime + to)
  }
  const element = new Audio()
  element.srcObject = output.stream
  try {
    await playOn(element, speaker)
    await element.play()
    await new Promise((resolve) => setTimeout(resolve, 1600))
  } finally {
    element.srcObject = null
    await context.close().catch(() => undefined)
  }
}

/** Three short high tones that nobody takes for speech. Silent where the browser still waits for a gesture. */
export async function playAlarm(): Promise<void> {
  const context = new AudioContext()
  const gain = context.createGain()
  gain.connect(context.destination)
  gain.gain.value = 0
  for (const at of [0, 0.25, 0.5]) {
    const tone = context.createOscillator()
    tone.frequency.value = 988
    tone.connect(gain)
    gain.gain.setValueAtTime(0.2, context.currentTime + at)
    gain.gain.setValueAtTime(0, context.currentTime + at + 0.15)
    tone.start(context.currentTime + at)
    tone.stop(context.currentTime + at + 0.15)
  }
  await new Promise((resolve) => setTimeout(resolve, 900))
  await context.close().catch(() => undefined)
}
