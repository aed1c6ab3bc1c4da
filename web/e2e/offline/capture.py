"""Counts every packet that any process of this network namespace sends, on every interface, until stdin ends.

Prints "ready" once it listens, and at the end one JSON object: packets seen, packets the kernel had no room for (then the
count proves nothing), and each flow with its count. Needs no library: the kernel hands out packets on AF_PACKET sockets
(packet(7)), which the owner of a network namespace may open.
"""

import ipaddress
import json
import select
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING = 3, 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
IPV4, IPV6 = 0x0800, 0x86DD
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58


def ports(protocol, payload):
    """Source and destination port of TCP and UDP; the type of ICMP; else nothing."""
    if protocol in (TCP, UDP) and len(payload) >= 4:
        return struct.unpack("!HH", payload[:4])
    if protocol in (ICMP, ICMPV6) and payload:
        return (payload[0], 0)
    return (0, 0)


def flow(ethertype, packet):
    """From, to, protocol, ports. What is not IP is named by its ethertype."""
    if ethertype == IPV4 and len(packet) >= 20:
        first_fragment = struct.unpack("!H", packet[6:8])[0] & 0x1FFF == 0
        payload = packet[(packet[0] & 15) * 4 :] if first_fragment else b""
        source, target, protocol = packet[12:16], packet[16:20], packet[9]
    elif ethertype == IPV6 and len(packet) >= 40:
        source, target, protocol, payload = packet[8:24], packet[24:40], packet[6], packet[40:]
        # Multicast listener reports stand behind a hop-by-hop header.
        if protocol == 0 and len(payload) >= 2:
            protocol, payload = payload[0], payload[(payload[1] + 1) * 8 :]
    else:
        return ("", "", f"ethertype {ethertype:#06x}", 0, 0)
    name = {ICMP: "icmp", TCP: "tcp", UDP: "udp", ICMPV6: "icmpv6"}.get(protocol, f"protocol {protocol}")
    return (str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target)), name, *ports(protocol, payload))


def main():
    reader = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    try:
        reader.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    except PermissionError:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    flows = {}
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([reader, sys.stdin], [], [])
        if reader in readable:
            packet, (_, ethertype, kind, _, _) = reader.recvfrom(128)
            # On the loopback interface each packet is seen twice, leaving and arriving.
            if kind == PACKET_OUTGOING:
                key = flow(ethertype, packet)
                flows[key] = flows.get(key, 0) + 1
        elif sys.stdin in readable:
            break
    _, lost = struct.unpack("II", reader.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    names = ("from", "to", "protocol", "fromPort", "toPort", "packets")
    listed = [dict(zip(names, (*key, count))) for key, count in sorted(flows.items())]
    print(json.dumps({"packets": sum(flows.values()), "lost": lost, "flows": listed}), flush=True)


main()
