"""One HTTP/2 connection of a client that keeps to no rule but its own: frames out, what came back in words."""
import select
import socket
import struct

from hpack import Decoder, Encoder
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CODES = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
         "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY"]
INITIAL_WINDOW_SIZE = 4


def raw(kind, flags, stream, payload=b""):
    """Any frame, however wrong."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def message(body, flag=0):
    return struct.pack(">BI", flag, len(body)) + body


def request_fields(path, *more):
    return [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1"), ("te", "trailers"),
            ("content-type", "application/grpc"), *more]


class Gone(Exception):
    """The server has closed the connection."""


class Peer:
    def __init__(self, port, settings=None, greet=True, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder, self.decoder = Encoder(), Decoder()
        self.next_id, self.received, self.statuses, self.resets = 1, b"", {}, {}
        self.goaway = None
        if greet:
            self.send(MAGIC + SettingsFrame(0, settings=settings or {}).serialize())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Everything, or Gone; also where the server takes nothing for a second."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError, OSError) as problem:
            self.read(0.2)
            raise Gone from problem

    def new_id(self):
        self.next_id += 2
        return self.next_id - 2

    def headers(self, stream, fields, flags=("END_HEADERS",)):
        return HeadersFrame(stream, self.encoder.encode(fields), flags=flags).serialize()

    def data(self, stream, payload, end=False):
        return DataFrame(stream, payload, flags=["END_STREAM"] if end else []).serialize()

    def reset(self, stream, code=8):
        return RstStreamFrame(stream, code).serialize()

    def read(self, patience=0.0):
        """What has come, and what comes until nothing has for `patience` seconds."""
        while select.select([self.socket], [], [], patience)[0]:
            try:
                data = self.socket.recv(1 << 18)
            except OSError as problem:
                raise Gone from problem
            if not data:
                raise Gone
            self.received += data
            self.take_frames()

    def take_frames(self):
        while len(self.received) >= 9:
            frame, size = Frame.parse_frame_header(memoryview(self.received[:9]))
            if len(self.received) < 9 + size:
                return
            frame.parse_body(memoryview(self.received[9:9 + size]))
            self.received = self.received[9 + size:]
            self.take(frame)

    def take(self, frame):
        if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.send(SettingsFrame(0, flags=["ACK"]).serialize())   # its windows count from here on
        elif isinstance(frame, GoAwayFrame):
            self.goaway = (frame.error_code, bytes(frame.additional_data).decode("ascii", "replace"))
        elif isinstance(frame, RstStreamFrame):
            self.resets[frame.error_code] = self.resets.get(frame.error_code, 0) + 1
        elif isinstance(frame, HeadersFrame):
            status = dict(self.decoder.decode(frame.data)).get("grpc-status")
            if status is not None:
                self.statuses[status] = self.statuses.get(status, 0) + 1

    def wait(self, seconds):
        """Reads to the end of the connection, or so long."""
        try:
            self.read(seconds)
        except Gone:
            pass

    def answer(self):
        if self.goaway:
            code, words = self.goaway
            return f"GOAWAY {CODES[code]}: {words}"
        said = [f"grpc-status {status} x{count}" for status, count in sorted(self.statuses.items())]
        said += [f"RST_STREAM {CODES[code]} x{count}" for code, count in sorted(self.resets.items())]
        return ", ".join(said) or "nothing"
