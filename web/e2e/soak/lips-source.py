"""Publishes a picture and a sound whose lips can be measured, with GStreamer's webrtcbin by WHIP, until it is told to end.

The picture has one dark colour and flashes white for three frames at each full second of its clock; at the same instant a tone of
60 ms begins. Either of the two can go out later than the other: their timestamps and sender reports stay those of the capture.
The clock, from which media and sender reports take their time, can run faster or slower than the machine's.

Prints a line of JSON at its end, of what it really sent:
  path_ms    how much later sound left than the picture of the same instant, in the middle
  apart_ms   how much later sound is than the picture of the same instant by their sender reports
  clock_ppm  how much faster than the machine's clock the sender reports' time ran
  media_ppm  how much faster than the machine's clock the timestamps ran, of sound and of picture
  reports    sender reports of sound and of picture

Run it with the python that knows GStreamer, as tests/interop/webrtcbin.py, whose session it uses.
"""

import argparse
import json
import math
import signal
import statistics
import struct
import sys
import threading
import time
from array import array
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "interop"))
from webrtcbin import GLib, Gst, Http, Session  # noqa: E402

WIDTH, HEIGHT, FRAMES_A_SECOND, FLASH_FRAMES = 320, 180, 30, 3
RATE, PIECE, TONE_PIECES = 48000, 960, 3
# Brightness and colour as I420 has them.
COLOURS = {"red": (44, 112, 176), "green": (71, 96, 88), "blue": (27, 176, 120), "white": (235, 128, 128)}
KINDS = {96: ("video", 90000), 97: ("audio", RATE)}
SECONDS_1900_TO_1970 = 2208988800
# x264enc adds so much to the time of each picture, and to its segment, so that no time is below 0.
ADDED = 1000 * 3600 * Gst.SECOND

SENT = """
webrtcbin name=peer bundle-policy=max-bundle
appsrc name=video is-live=true format=time block=true max-buffers=2
    caps=video/x-raw,format=I420,width={width},height={height},framerate={frames}/1
  ! clocksync ts-offset={video_late}
  ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max={frames} bitrate=400 ! video/x-h264,profile=constrained-baseline
  ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! peer.
appsrc name=audio is-live=true format=time block=true max-buffers=2
    caps=audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate={rate}
  ! clocksync ts-offset={audio_late}
  ! opusenc audio-type=restricted-lowdelay ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


class Crystal(Gst.SystemClock):
    """A clock of its own that began with the machine's, in seconds since 1900, and runs so many parts in a million faster."""

    def __init__(self, ppm):
        super().__init__()
        since_1900 = time.time_ns() + SECONDS_1900_TO_1970 * Gst.SECOND
        self.set_calibration(self.get_internal_time(), since_1900, 1_000_000 + ppm, 1_000_000)


class Sent:
    """What left: packets and sender reports, each with the moment it did."""

    def __init__(self, pipeline):
        self.pipeline = pipeline
        self.first, self.kinds, self.lags, self.reports = {}, {}, {"video": deque(maxlen=3000), "audio": deque(maxlen=3000)}, {"video": [], "audio": []}

    def watch(self, _, pad):
        for name, note in (("send_rtp_src", self.packets), ("send_rtcp_src", self.compound)):
            if pad.get_name().startswith(name):
                pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.probed, note)

    @staticmethod
    def probed(_, info, note):
        pieces = info.get_buffer_list() if info.type & Gst.PadProbeType.BUFFER_LIST else None
        note(pieces.get(0) if pieces is not None else info.get_buffer())
        return Gst.PadProbeReturn.OK

    def packets(self, buffer):
        _, kind, _, timestamp, ssrc = struct.unpack("!BBHII", buffer.extract_dup(0, 12))
        name, _ = KINDS[kind & 0x7F]
        captured = buffer.pts % ADDED
        self.first.setdefault(name, (timestamp, captured))
        self.kinds[ssrc] = KINDS[kind & 0x7F]
        running = self.pipeline.get_clock().get_time() - self.pipeline.get_base_time()
        self.lags[name].append(running - captured)

    def compound(self, buffer):
        data, at, now = buffer.extract_dup(0, buffer.get_size()), 0, time.monotonic_ns()
        while at + 4 <= len(data):
            _, kind, words = struct.unpack_from("!BBH", data, at)
            if kind == 200:
                ssrc, seconds, fraction, timestamp = struct.unpack_from("!IIII", data, at + 4)
                if ssrc in self.kinds:
                    name, rate = self.kinds[ssrc]
                    began, captured = self.first[name]
                    step = (timestamp - began + 2**31) % 2**32 - 2**31
                    self.reports[name].append((now, seconds * 10**9 + (fraction * 10**9 >> 32), captured + step * 10**9 // rate))
            at += 4 * (words + 1)

    def figures(self):
        sound, picture = self.reports["audio"], self.reports["video"]
        if len(sound) < 2 or len(picture) < 2:
            return {"reports": [len(sound), len(picture)]}
        middle = {name: statistics.median(lags) for name, lags in self.lags.items()}
        offset = {name: statistics.median(ntp - captured for _, ntp, captured in reports) for name, reports in self.reports.items()}

        def ppm(reports, column):
            # The middle of many slopes: on a busy machine some reports are seen late.
            pairs = zip(reports, reports[len(reports) // 2 :])
            return round((statistics.median((last[column] - first[column]) / (last[0] - first[0]) for first, last in pairs) - 1) * 1e6)

        return {
            "path_ms": round((middle["audio"] - middle["video"]) / 1e6, 1),
            "apart_ms": round((offset["audio"] - offset["video"]) / 1e6, 2),
            "clock_ppm": ppm(sound, 1),
            "media_ppm": [ppm(sound, 2), ppm(picture, 2)],
            "reports": [len(sound), len(picture)],
        }


def picture(colour):
    brightness, blue, red = COLOURS[colour]
    quarter = WIDTH * HEIGHT // 4
    return bytes([brightness]) * (WIDTH * HEIGHT) + bytes([blue]) * quarter + bytes([red]) * quarter


def feed(source, piece_of, pieces_a_second):
    """Hands over piece after piece; the clock element behind the source says when the next one is wanted."""
    number, result = 0, Gst.FlowReturn.OK
    while result == Gst.FlowReturn.OK:
        buffer = Gst.Buffer.new_wrapped(piece_of(number % pieces_a_second))
        buffer.pts = number * Gst.SECOND // pieces_a_second
        number += 1
        buffer.duration = number * Gst.SECOND // pieces_a_second - buffer.pts
        result = source.emit("push-buffer", buffer)


def run(options):
    loop, reasons = GLib.MainLoop(), []

    def quit_with(reason):
        reasons.append(reason)
        loop.quit()

    late = options.sound_late_ms * Gst.MSECOND
    description = SENT.format(width=WIDTH, height=HEIGHT, frames=FRAMES_A_SECOND, rate=RATE, audio_late=max(0, late), video_late=max(0, -late))
    http = Http(options.server, options.ca, options.token)
    session = Session("whip", http, options.meeting, quit_with, description)
    session.pipeline.use_clock(Crystal(options.ppm))
    relay = session.peer.get_by_name("rtpbin")
    relay.set_property("ntp-time-source", "clock-time")
    relay.set_property("rtcp-sync-send-time", False)
    sent = Sent(session.pipeline)
    relay.connect("pad-added", sent.watch)

    dark, white = picture(options.colour), picture("white")
    wave = [round(16000 * math.sin(2 * math.pi * options.hertz * at / RATE)) for at in range(TONE_PIECES * PIECE)]
    tone = [array("h", wave[at : at + PIECE]).tobytes() for at in range(0, len(wave), PIECE)]
    silence = bytes(2 * PIECE)
    feeds = (
        ("video", lambda number: white if number < FLASH_FRAMES else dark, FRAMES_A_SECOND),
        ("audio", lambda number: tone[number] if number < TONE_PIECES else silence, RATE // PIECE),
    )
    for name, piece_of, pieces_a_second in feeds:
        threading.Thread(target=feed, args=(session.pipeline.get_by_name(name), piece_of, pieces_a_second), daemon=True).start()

    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    session.publish()
    session.start()
    loop.run()
    session.end()
    if reasons:
        sys.exit(f"lips-source: {reasons[0]}")
    print(json.dumps(sent.figures()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--ca", required=True, help="root certificate of the server, PEM")
    parser.add_argument("--meeting", required=True)
    parser.add_argument("--token", help="what `yunling token` printed; the demonstration needs none")
    parser.add_argument("--colour", choices=("red", "green", "blue"), required=True)
    parser.add_argument("--hertz", type=int, required=True)
    parser.add_argument("--sound-late-ms", type=int, default=0, help="how much later sound goes out than the picture; less than 0: earlier")
    parser.add_argument("--ppm", type=int, default=0, help="how many parts in a million the clock is too fast")
    options = parser.parse_args()
    Gst.init(None)
    run(options)


if __name__ == "__main__":
    main()
