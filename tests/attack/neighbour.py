"""A well-behaved client, in a process of its own: one call after the other, each on time. It writes down how long each took."""
import multiprocessing
import time
import uuid

from hyperframe.frame import DataFrame, HeadersFrame, PingFrame, WindowUpdateFrame
from peer import Peer, message, request_fields

PATH = "/payments.v1.PaymentService/ChargeCard"
PAUSE = 0.002   # between two calls
PATIENCE = 10.0


def text(field, value):
    data = value.encode()
    return bytes([field << 3 | 2, len(data)]) + data


def charge():
    """A new one, so that it is recorded."""
    return message(text(1, "customer") + bytes([2 << 3, 100]) + text(3, "USD") + text(4, str(uuid.uuid4())))


class Caller(Peer):
    def __init__(self, port):
        super().__init__(port)
        self.socket.settimeout(PATIENCE)
        self.ended = set()
        self.taken = 0

    def take(self, frame):
        super().take(frame)
        if isinstance(frame, PingFrame) and "ACK" not in frame.flags:
            self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]).serialize())
        elif isinstance(frame, DataFrame):
            self.taken += len(frame.data)
            if self.taken > 16384:
                self.send(WindowUpdateFrame(0, window_increment=self.taken).serialize())
                self.taken = 0
        if isinstance(frame, (DataFrame, HeadersFrame)) and "END_STREAM" in frame.flags:
            self.ended.add(frame.stream_id)

    def call(self):
        """Seconds; negative: it failed."""
        stream = self.new_id()
        self.statuses.clear()
        begin = time.monotonic()
        self.send(self.headers(stream, request_fields(PATH, ("grpc-timeout", "10S"))) + self.data(stream, charge(), end=True))
        while stream not in self.ended:
            self.received += self.socket.recv(1 << 16) or self.hung_up()
            self.take_frames()
        self.ended.clear()
        seconds = time.monotonic() - begin
        return seconds if self.statuses == {"0": 1} else -seconds

    def hung_up(self):
        raise ConnectionError("the server hung up on the neighbour")


def serve_calls(port, pipe):
    """Until it is told to end: a phase's latencies whenever one is named."""
    caller, latencies, ask = Caller(port), [], None
    pipe.send("ready")
    try:
        while ask != "end":
            latencies.append(caller.call())
            time.sleep(PAUSE)
            if pipe.poll():
                ask = pipe.recv()
                pipe.send(latencies)
                latencies = []
    except Exception as problem:  # pylint: disable=broad-except
        pipe.recv()
        pipe.send([*latencies, f"{type(problem).__name__}: {problem}"])


class Neighbour:
    """Beside the attack, until the end of the with statement."""

    def __init__(self, port):
        self._pipe, far = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=serve_calls, args=(port, far), daemon=True)
        self._process.start()
        self._pipe.recv()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()

    def latencies(self, last=False):
        """Of the calls since the last time. A string in it says why there are no more."""
        self._pipe.send("end" if last else "next")
        return self._pipe.recv()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
