"""An RTSP server with cameras of several kinds, for tests. Arguments: port (0: any), user, password. Prints its port.

Its paths are the names in CAMERAS. Run it with the system's Python: it needs the packages python3-gi and
gir1.2-gst-rtsp-server-1.0.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

BASELINE = "video/x-h264,profile=constrained-baseline"
HIGH = "video/x-h264,profile=high"


def picture(encoder: str, width: int = 320, height: int = 180) -> str:
    return (
        f"videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={width},height={height},framerate=25/1 ! {encoder}"
    )


def h264(key_frames: int, profile: str, bframes: int = 0) -> str:
    # The fastest preset never makes anything but baseline.
    speed = "ultrafast tune=zerolatency" if profile == BASELINE else "veryfast dct8x8=true cabac=true"
    return f"x264enc speed-preset={speed} threads=1 bframes={bframes} key-int-max={key_frames} ! {profile} ! rtph264pay name=pay0 pt=96"


def sound(encoder: str) -> str:
    return f"audiotestsrc is-live=true freq=440 volume=0.3 ! audioconvert ! audioresample ! {encoder}"


G711 = sound("audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8")
AAC = sound("audio/x-raw,rate=48000,channels=2 ! avenc_aac ! rtpmp4gpay name=pay1 pt=97")

CAMERAS = {
    "g711": f"{picture(h264(25, BASELINE))} {G711}",
    "aac": f"{picture(h264(25, BASELINE))} {AAC}",
    "silent": picture(h264(25, BASELINE)),
    "sound": AAC.replace("pay1", "pay0"),
    "high": picture(h264(25, HIGH)),
    "bframes": picture(h264(25, HIGH, bframes=2)),
    "sparse": picture(h264(500, BASELINE)),
    "vp8": picture("vp8enc deadline=1 ! rtpvp8pay name=pay0 pt=96"),
}


def main() -> None:
    port, user, password = sys.argv[1:4]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(2)  # Digest (GST_RTSP_AUTH_DIGEST).
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    for name, launch in CAMERAS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {launch} )")
        factory.set_shared(True)
        permissions = GstRtspServer.RTSPPermissions()
        role = "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        permissions.add_role_from_structure(Gst.Structure.new_from_string(role))
        factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
