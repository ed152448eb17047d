"""Classic pcap files (microseconds, Ethernet), read and written, and the headers that frames are made of."""
import ipaddress
import struct

MAGIC = 0xA1B2C3D4
MAC_SERVER = bytes.fromhex("020000000002")
MAC_CLIENT = bytes.fromhex("020000000001")


def read(path):
    """The frames of a capture: (seconds, microseconds, bytes)."""
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if struct.unpack("<I", data[:4])[0] == MAGIC else ">"
    at, frames = 24, []
    while at < len(data):
        seconds, micro, size, _ = struct.unpack(order + "4I", data[at : at + 16])
        frames.append((seconds, micro, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return frames


def write(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, 65535, 1))
        for seconds, micro, frame in frames:
            file.write(struct.pack("<4I", seconds, micro, len(frame), len(frame)) + frame)


def ethernet(payload, kind, to_client=True):
    macs = MAC_CLIENT + MAC_SERVER if to_client else MAC_SERVER + MAC_CLIENT
    return macs + struct.pack(">H", kind) + payload


def udp(payload, source, to, length=None):
    """Without a checksum, which IPv4 allows (RFC 768)."""
    return struct.pack(">4H", source, to, 8 + len(payload) if length is None else length, 0) + payload


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(payload, source="10.0.0.1", to="10.0.0.5", options=b"", fragment=0, protocol=17):
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), 1, fragment, 64, protocol, 0)
    head += ipaddress.ip_address(source).packed + ipaddress.ip_address(to).packed + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(payload, source="fe80::2", to="fe80::1", following=17):
    """`following`: what stands first behind the header."""
    head = struct.pack(">IHBB", 0x60000000, len(payload), following, 64)
    return head + ipaddress.ip_address(source).packed + ipaddress.ip_address(to).packed + payload


def udp6(payload, source_port=547, to_port=546, source="fe80::2", to="fe80::1"):
    """With the checksum that IPv6 demands (RFC 8200 8.1)."""
    packet = udp(payload, source_port, to_port)
    pseudo = ipaddress.ip_address(source).packed + ipaddress.ip_address(to).packed + struct.pack(">II", len(packet), 17)
    total = checksum((pseudo + packet + b"\0")[: (len(pseudo + packet) + 1) // 2 * 2])
    return packet[:6] + struct.pack(">H", total or 0xFFFF) + packet[8:]
