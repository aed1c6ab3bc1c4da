"""Publishes into a relay by WHIP and plays from it by WHEP with GStreamer's webrtcbin, and says whether picture and sound came through.

    webrtcbin.py --server https://10.0.0.5:8443 --ca ca.crt --meeting demo

The published picture is a white ball that moves over red, H.264; the sound a 1000 Hz tone, Opus. Run it with the python that
knows GStreamer (Debian: python3-gi, gir1.2-gst-plugins-bad-1.0, gstreamer1.0-nice). Ends with 0 and a line of JSON, or with 1
and the reason.

It can't reach a relay that announces 127.0.0.1 alone: libnice 0.1.21, webrtcbin's ICE, leaves out the loopback interface and
holds each of its sockets to one interface (IP_UNICAST_IF), so that a check to 127.0.0.1 never leaves the machine and never
comes back. The relay has to announce another address of its machine, as it does by itself wherever there is a network.
"""

import argparse
import json
import math
import ssl
import sys
import urllib.error
import urllib.request
from array import array

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstApp, GstSdp, GstWebRTC  # noqa: E402, F401 (GstApp gives appsink its methods)

TONE_HZ, RATE, SMALL_WIDTH, SMALL_HEIGHT = 1000, 48000, 64, 36
FRAMES_WANTED, POSITIONS_WANTED, TONE_SECONDS_WANTED = 30, 8, 1.0

PUBLISHED = f"""
webrtcbin name=peer bundle-policy=max-bundle latency=50
videotestsrc is-live=true pattern=ball foreground-color=0xffffffff background-color=0xffff0000
  ! video/x-raw,width=640,height=360,framerate=15/1
  ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bitrate=800 ! video/x-h264,profile=constrained-baseline
  ! rtph264pay config-interval=-1 aggregate-mode=zero-latency
  ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! peer.
audiotestsrc is-live=true freq={TONE_HZ} volume=0.5 ! audioconvert ! opusenc ! rtpopuspay
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""
PLAYED = "webrtcbin name=peer bundle-policy=max-bundle latency=50"
SHOWN = {
    "video": "queue ! rtph264depay ! avdec_h264 ! videoconvert ! videoscale"
    f" ! video/x-raw,format=RGB,width={SMALL_WIDTH},height={SMALL_HEIGHT}",
    "audio": "queue ! rtpopusdepay ! opusdec ! audioconvert ! audioresample"
    f" ! audio/x-raw,format=S16LE,channels=1,rate={RATE}",
}
LINES = (
    ("audio", "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2"),
    ("video", "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,rtcp-fb-nack-pli=true,"
     "profile-level-id=(string)42e01f,packetization-mode=(string)1"),
)


class Failed(Exception):
    """What did not work, as a sentence."""


class Http:
    """A client of the relay's own interface."""

    def __init__(self, server, ca, token=None):
        self.server, self.context, self.token = server, ssl.create_default_context(cafile=ca), token

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.server + path, method=method, data=body)
        if body is not None:
            request.add_header("Content-Type", "application/sdp")
        if self.token is not None:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.context) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")


class Seen:
    """What came back over all slots."""

    def __init__(self):
        self.frames, self.ours, self.positions, self.packets, self.tone_seconds = 0, 0, set(), 0, 0.0

    def is_enough(self):
        return self.ours >= FRAMES_WANTED and len(self.positions) >= POSITIONS_WANTED and self.tone_seconds >= TONE_SECONDS_WANTED

    def picture(self, pixels):
        self.frames += 1
        spots = [pixels[at : at + 3] for at in range(0, SMALL_WIDTH * SMALL_HEIGHT * 3, 3)]
        red = sum(1 for r, g, b in spots if r > 180 and g < 80 and b < 80)
        ball = [place for place, (r, g, b) in enumerate(spots) if min(r, g, b) > 170]
        if red > len(spots) * 0.8 and ball:
            self.ours += 1
            column = sum(place % SMALL_WIDTH for place in ball) // len(ball)
            row = sum(place // SMALL_WIDTH for place in ball) // len(ball)
            self.positions.add((column, row))

    def sound(self, samples):
        self.packets += 1
        wave = array("h", samples)
        energy = sum(value * value for value in wave) / max(1, len(wave))
        real = sum(value * math.cos(2 * math.pi * TONE_HZ * n / RATE) for n, value in enumerate(wave))
        imaginary = sum(value * math.sin(2 * math.pi * TONE_HZ * n / RATE) for n, value in enumerate(wave))
        tone = 2 * (real * real + imaginary * imaginary) / max(1, len(wave)) ** 2
        if energy > 1e5 and tone > 0.5 * energy:
            self.tone_seconds += len(wave) / RATE


class Session:
    """One webrtcbin and the session it has with the relay."""

    def __init__(self, kind, http, meeting, quit_with, published=PUBLISHED):
        self.kind, self.http, self.meeting, self.quit_with, self.path, self.offers = kind, http, meeting, quit_with, None, False
        self.pipeline = Gst.parse_launch(published if kind == "whip" else PLAYED)
        # A pipeline of one element is that element.
        if not isinstance(self.pipeline, Gst.Pipeline):
            peer, self.pipeline = self.pipeline, Gst.Pipeline.new()
            self.pipeline.add(peer)
        self.peer = self.pipeline.get_by_name("peer")
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: quit_with(f"{kind}: {message.parse_error()[0].message}"))

    def start(self):
        # Comes once the formats of all that is published are known, or at once if nothing is.
        self.peer.connect("on-negotiation-needed", self.offer)
        self.pipeline.set_state(Gst.State.PLAYING)

    def offer(self, peer):
        if peer.get_property("signaling-state") == GstWebRTC.WebRTCSignalingState.STABLE and not self.offers:
            self.offers = True
            peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise):
        reply = promise.get_reply()  # The offer is part of it and lives no longer.
        offer = reply.get_value("offer")
        text = offer.sdp.as_text()
        self.peer.emit("set-local-description", offer, Gst.Promise.new())
        GLib.idle_add(self.post, text)

    def post(self, offer):
        status, headers, body = self.http.call("POST", f"/{self.kind}/{self.meeting}", offer.encode())
        if status != 201:
            self.quit_with(f"{self.kind}: expected 201, got {status}: {body[:300]}")
            return False
        self.path = headers["Location"]
        _, sdp = GstSdp.SDPMessage.new_from_text(body)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.peer.emit("set-remote-description", answer, Gst.Promise.new())
        return False

    def publish(self):
        for index in range(2):
            transceiver = self.peer.emit("get-transceiver", index)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)

    def play(self, lines, seen):
        for kind in lines:
            caps = Gst.Caps.from_string(dict(LINES)[kind])
            self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, caps)
        self.peer.connect("pad-added", self.show, seen)

    def show(self, _, pad, seen):
        if pad.direction != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        shown = Gst.parse_bin_from_description(SHOWN[kind] + " ! appsink name=sink sync=false emit-signals=true", True)
        take = seen.picture if kind == "video" else seen.sound
        shown.get_by_name("sink").connect("new-sample", self.take, take)
        self.pipeline.add(shown)
        shown.sync_state_with_parent()
        pad.link(shown.get_static_pad("sink"))

    @staticmethod
    def take(sink, take):
        buffer = sink.emit("pull-sample").get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        GLib.idle_add(lambda: take(data))
        return Gst.FlowReturn.OK

    def state(self):
        return self.peer.get_property("ice-connection-state").value_nick

    def end(self):
        status = self.http.call("DELETE", self.path)[0] if self.path else None
        self.pipeline.set_state(Gst.State.NULL)
        return status


def run(options):
    loop, reasons, seen, http = GLib.MainLoop(), [], Seen(), Http(options.server, options.ca)

    def quit_with(reason):
        reasons.append(reason)
        loop.quit()

    publisher, viewer = (Session(kind, http, options.meeting, quit_with) for kind in ("whip", "whep"))
    publisher.publish()
    # The first sound and picture are the programme, which nobody here is; the others whoever else is there.
    viewer.play(("audio", "video", "audio", "video"), seen)

    def look():
        if seen.is_enough():
            loop.quit()
        return True

    def give_up():
        quit_with(
            f"after {options.seconds} s: publisher {publisher.state()}, viewer {viewer.state()}, {seen.frames} frames, "
            f"{seen.ours} of them ours in {len(seen.positions)} positions, {seen.packets} pieces of sound, "
            f"{seen.tone_seconds:.1f} s of our tone")

    GLib.timeout_add(100, look)
    GLib.timeout_add_seconds(options.seconds, give_up)
    publisher.start()
    viewer.start()
    loop.run()
    statuses = [session.end() for session in (viewer, publisher)]
    if reasons:
        raise Failed(reasons[0])
    if statuses != [200, 200]:
        raise Failed(f"DELETE: expected 200 each, got {statuses}")
    return {"frames": seen.ours, "positions": len(seen.positions), "tone_seconds": round(seen.tone_seconds, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", required=True)
    parser.add_argument("--ca", required=True, help="root certificate of the server, PEM")
    parser.add_argument("--meeting", required=True)
    parser.add_argument("--seconds", type=int, default=60, help="how long to wait for picture and sound")
    options = parser.parse_args()
    Gst.init(None)
    for element in ("webrtcbin", "nicesrc", "x264enc", "avdec_h264", "opusenc"):
        if Gst.ElementFactory.find(element) is None:
            sys.exit(f"webrtcbin: GStreamer has no {element} here: run .ci/setup test")
    try:
        result = run(options)
    except Failed as reason:
        sys.exit(f"webrtcbin: {reason}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
