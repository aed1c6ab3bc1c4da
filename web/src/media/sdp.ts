/**
 * The few things a WHIP or WHEP client must read from SDP or write as a fragment (RFC 8840, RFC 9725 §4.3). Pure.
 */

export interface IceCredentials {
  ufrag: string
  pwd: string
}

const lines = (sdp: string): string[] => sdp.split(/\r?\n/)
const attribute = (all: string[], name: string): string | null => all.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3) ?? null

/** The credentials of a description: all its sections share one transport. */
export function iceCredentials(sdp: string): IceCredentials | null {
  const ufrag = attribute(lines(sdp), 'ice-ufrag')
  const pwd = attribute(lines(sdp), 'ice-pwd')
  return ufrag === null || pwd === null ? null : { ufrag, pwd }
}

/** Body of a PATCH: our credentials and the candidates of the first section, which carries the transport. */
export function writeFragment(local: string, candidates: string[], gathered: boolean): string | null {
  const credentials = iceCredentials(local)
  const media = lines(local).find((line) => line.startsWith('m='))
  const mid = attribute(lines(local), 'mid')
  if (credentials === null || media === undefined || mid === null) return null
  return [
    `a=ice-ufrag:${credentials.ufrag}`,
    `a=ice-pwd:${credentials.pwd}`,
    media,
    `a=mid:${mid}`,
    ...candidates.map((candidate) => `a=${candidate}`),
    ...(gathered ? ['a=end-of-candidates'] : []),
    '',
  ].join('\r\n')
}

/** The last answer with the credentials and candidates of the relay's answer to an ICE restart. `null` if it names none. */
export function applyFragment(answer: string, fragment: string): string | null {
  const fresh = iceCredentials(fragment)
  if (fresh === null) return null
  const candidates = lines(fragment).filter((line) => line.startsWith('a=candidate:'))
  const out: string[] = []
  let placed = false
  for (const line of lines(answer)) {
    if (line.startsWith('a=ice-ufrag:')) out.push(`a=ice-ufrag:${fresh.ufrag}`)
    else if (line.startsWith('a=ice-pwd:')) {
      out.push(`a=ice-pwd:${fresh.pwd}`)
    } else if (line.startsWith('a=candidate:')) {
      if (candidates.length === 0) out.push(line)
      else if (!placed) {
        out.push(...candidates)
        placed = true
      }
    } else out.push(line)
  }
  return out.join('\r\n')
}

/**
 * Our offer, with the word that lost packets of sound can be asked for again. Browsers can do that, but Chromium 156 doesn't
 * offer it by itself; what a browser doesn't understand of it, it leaves alone.
 */
export function offerSoundAgain(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000\/2\r?$/gim)].map(([, type]) => type))
  const offered = new Set([...sdp.matchAll(/^a=rtcp-fb:(\d+) nack\r?$/gm)].map(([, type]) => type))
  return sdp.replace(/^a=rtpmap:(\d+) .*(\r?\n)/gm, (line, type: string, end: string) =>
    opus.has(type) && !offered.has(type) ? `${line}a=rtcp-fb:${type} nack${end}` : line,
  )
}

/** The address behind `rel` in a `Link` header (RFC 8288), as the relay writes it. */
export function linkTarget(header: string | null, rel: string): string | null {
  for (const link of header?.split(/,\s*(?=<)/) ?? []) {
    const [, target, parameters] = /^\s*<([^>]*)>(.*)$/.exec(link) ?? []
    if (target !== undefined && parameters !== undefined && parameters.includes(`rel="${rel}"`)) return target
  }
  return null
}
