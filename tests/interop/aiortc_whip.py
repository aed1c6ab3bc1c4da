"""Publishes into a relay by WHIP and plays from it by WHEP with aiortc, and says whether picture and sound came through.

    aiortc_whip.py --server https://127.0.0.1:8443 --ca ca.crt --meeting demo --codec h264

The published picture is red with a white bar that moves by a step per frame, the sound a 440 Hz tone, so that what comes
back can be told from anything else in the meeting. Ends with 0 and a line of JSON, or with 1 and the reason.
"""

import argparse
import asyncio
import json
import math
import ssl
import sys
import time
import urllib.error
import urllib.request
from array import array
from fractions import Fraction

import av
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

WIDTH, HEIGHT, FPS = 640, 360, 15
TONE_HZ, RATE, SAMPLES = 440, 48000, 960
RED_U, RED_V, DARK, WHITE = 90, 210, 90, 230
FRAMES_WANTED, POSITIONS_WANTED, TONE_SECONDS_WANTED = 30, 8, 1.0


class Failed(Exception):
    """What did not work, as a sentence."""


class Http:
    """A client of the relay's own interface: one meeting's WHIP and WHEP endpoints."""

    def __init__(self, server, ca, tokens, as_page):
        self.server, self.tokens, self.as_page = server, tokens, as_page
        self.context = ssl.create_default_context(cafile=ca) if server.startswith("https") else None

    def call(self, method, path, token=None, body=None):
        request = urllib.request.Request(self.server + path, method=method, data=body)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        if body is not None:
            request.add_header("Content-Type", "application/sdp")
            if self.as_page and path.startswith("/whep/"):
                request.add_header("Yunling-Page", "1")
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.context) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")


async def session(http, kind, meeting, connection):
    """Offers, takes the answer, and returns the session's own path."""
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription.sdp.encode()
    token = http.tokens[kind]
    status, headers, body = await asyncio.to_thread(http.call, "POST", f"/{kind}/{meeting}", token, offer)
    if status != 201:
        raise Failed(f"{kind}: expected 201, got {status}: {body[:300]}")
    for name, expect in (("Content-Type", "application/sdp"), ("ETag", '"'), ("Location", f"/{kind}/{meeting}/")):
        if expect not in (headers.get(name) or ""):
            raise Failed(f"{kind}: the answer's {name} is {headers.get(name)!r}")
    await connection.setRemoteDescription(RTCSessionDescription(sdp=candidates_everywhere(body), type="answer"))
    location = headers["Location"]
    return location[len(http.server):] if location.startswith(http.server) else location


def candidates_everywhere(answer):
    """Copies the first section's candidates into the others, as aiortc 1.16 heeds those of a bundle's last section alone."""
    candidates = "".join(line for line in answer.splitlines(True) if line.startswith(("a=candidate:", "a=end-of-candidates")))
    head, *sections = answer.replace(candidates, "").split("m=")
    return head + "".join("m=" + section + candidates for section in sections)


class Camera(MediaStreamTrack):
    """Red, with a white bar that moves."""

    kind = "video"

    def __init__(self):
        super().__init__()
        self.count, self.start = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.start + self.count / FPS - time.monotonic()))
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        left = (self.count * 16) % (WIDTH - 64)
        row = bytes([DARK]) * left + bytes([WHITE]) * 64 + bytes([DARK]) * (WIDTH - 64 - left)
        for plane, value in zip(frame.planes, (row, RED_U, RED_V)):
            line = value if isinstance(value, bytes) else bytes([value]) * plane.width
            plane.update((line + bytes(plane.line_size - len(line))) * plane.height)
        frame.pts, frame.time_base = self.count * 90000 // FPS, Fraction(1, 90000)
        self.count += 1
        return frame


class Tone(MediaStreamTrack):
    """440 Hz at half of full scale."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.count, self.start = 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(max(0, self.start + self.count * SAMPLES / RATE - time.monotonic()))
        first = self.count * SAMPLES
        wave = (int(16000 * math.sin(2 * math.pi * TONE_HZ * (first + n) / RATE)) for n in range(SAMPLES))
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(array("h", wave).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = first, RATE, Fraction(1, RATE)
        self.count += 1
        return frame


class Seen:
    """What came back over all slots."""

    def __init__(self):
        self.frames, self.ours, self.positions, self.packets, self.tone_seconds = 0, 0, set(), 0, 0.0

    def is_enough(self):
        return self.ours >= FRAMES_WANTED and len(self.positions) >= POSITIONS_WANTED and self.tone_seconds >= TONE_SECONDS_WANTED

    def picture(self, frame):
        self.frames += 1
        frame = frame.reformat(format="yuv420p")

        def at(plane, x, y):
            return memoryview(plane)[int(y * plane.height) * plane.line_size + int(x * plane.width)]

        spots = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.25, 0.75)]
        if all(abs(at(frame.planes[1], *s) - RED_U) < 25 and abs(at(frame.planes[2], *s) - RED_V) < 25 for s in spots):
            self.ours += 1
            bright = [x for x in range(64) if at(frame.planes[0], x / 64, 0.5) > (DARK + WHITE) // 2]
            if bright:
                self.positions.add(sum(bright) // len(bright))

    def sound(self, frame):
        self.packets += 1
        step = len(frame.layout.channels)
        wave = array("h", bytes(frame.planes[0]))[: frame.samples * step : step]
        energy = sum(value * value for value in wave) / max(1, len(wave))
        real = sum(value * math.cos(2 * math.pi * TONE_HZ * n / RATE) for n, value in enumerate(wave))
        imaginary = sum(value * math.sin(2 * math.pi * TONE_HZ * n / RATE) for n, value in enumerate(wave))
        tone = 2 * (real * real + imaginary * imaginary) / max(1, len(wave)) ** 2
        if energy > 1e5 and tone > 0.5 * energy:
            self.tone_seconds += len(wave) / RATE


async def watch(track, take):
    while True:
        try:
            take(await track.recv())
        except MediaStreamError:
            return


def hold_to(transceiver, codec):
    """Leaves a sender one video codec and its retransmissions."""
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    wanted = [c for c in capabilities if c.mimeType.lower() in (f"video/{codec}", "video/rtx")]
    transceiver.setCodecPreferences(wanted)


async def run(options):
    http = Http(options.server, options.ca, {"whip": options.publisher_token, "whep": options.viewer_token}, options.page)
    # With aiortc's default policy only the first line of a kind moves to the bundle's transport.
    bundled = RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
    publisher, viewer, seen, tasks, paths = RTCPeerConnection(), RTCPeerConnection(bundled), Seen(), [], []
    try:
        for track in (Tone(), Camera()):
            publisher.addTransceiver(track, direction="sendonly")
        hold_to(publisher.getTransceivers()[1], options.codec)
        paths.append(("whip", await session(http, "whip", options.meeting, publisher)))
        for kind in ("audio", "video", "audio", "video", "video"):
            viewer.addTransceiver(kind, direction="recvonly")
        viewer.on("track", lambda track: tasks.append(
            asyncio.ensure_future(watch(track, seen.sound if track.kind == "audio" else seen.picture))))
        paths.append(("whep", await session(http, "whep", options.meeting, viewer)))
        deadline = time.monotonic() + options.seconds
        while not seen.is_enough():
            if time.monotonic() > deadline:
                raise Failed(
                    f"after {options.seconds} s: publisher {publisher.connectionState}, viewer {viewer.connectionState}, "
                    f"{seen.frames} frames, {seen.ours} of them ours in {len(seen.positions)} positions, "
                    f"{seen.packets} sound packets, {seen.tone_seconds:.1f} s of our tone")
            await asyncio.sleep(0.1)
        used = [c.mimeType for c in publisher.getTransceivers()[1]._codecs]
        if not used[0].lower().endswith(options.codec):
            raise Failed(f"the relay left the publisher {used}, not {options.codec}")
        return {"codec": options.codec, "frames": seen.ours, "positions": len(seen.positions), "tone_seconds": round(seen.tone_seconds, 1)}
    finally:
        statuses = [(await asyncio.to_thread(http.call, "DELETE", path, http.tokens[kind]))[0] for kind, path in reversed(paths)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(publisher.close(), viewer.close(), *tasks, return_exceptions=True)
        if sys.exc_info()[0] is None and any(status != 200 for status in statuses):
            raise Failed(f"DELETE: expected 200 each, got {statuses}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--ca", help="root certificate of the server, PEM")
    parser.add_argument("--meeting", required=True)
    parser.add_argument("--codec", choices=("h264", "vp8"), required=True)
    parser.add_argument("--publisher-token")
    parser.add_argument("--viewer-token")
    parser.add_argument("--page", action="store_true", help="take any codec, as the relay's own pages do")
    parser.add_argument("--seconds", type=float, default=30, help="how long to wait for picture and sound")
    options = parser.parse_args()
    try:
        result = asyncio.run(asyncio.wait_for(run(options), options.seconds + 20))
    except Failed as reason:
        sys.exit(f"aiortc: {reason}")
    except Exception as error:
        sys.exit(f"aiortc: {type(error).__name__}: {error}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
