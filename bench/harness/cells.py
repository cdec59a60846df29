"""What is measured: who serves or calls, and under which load."""
import dataclasses
import pathlib
import shutil

SMALL_STREAM = {"messages": 20000, "size": 0}
MIDDLE_STREAM = {"messages": 512, "size": 65536}
LARGE_STREAM = {"messages": 64, "size": 1 << 20}
SIZES = (("small", SMALL_STREAM), ("64 KiB", MIDDLE_STREAM), ("1 MiB", LARGE_STREAM))
SHAPES = ((1, 1), (1, 10), (10, 10), (1, 100), (100, 100))   # connections x calls in flight on each
BUSY_POLL = "--busy-poll=1000"
SLEEP_MS = 10


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program that serves, with its flags. `key` is its name in results."""
    key: str
    command: tuple


@dataclasses.dataclass
class Cell:
    """One load on several peers, or one server under several clients."""
    group: str
    name: str
    peers: list
    load: dict
    tls: bool = False
    beside: dict = None      # a second load at the same time, whose calls are not among those measured
    ideal: float = None      # calls a second, if there is a most
    quick: bool = False


@dataclasses.dataclass
class ClientCell:
    """Calls of several clients to our server."""
    name: str
    clients: list
    outstanding: int
    server_flags: tuple = ()


class Programs:
    """What was built: paths, and the peers that are there."""

    def __init__(self, bin_dir, peer_dir):
        self.bin, self.peer_dir = pathlib.Path(bin_dir), pathlib.Path(peer_dir)
        self.load = str(self.bin / "bench_load")
        self.allocations = str(self.bin / "bench_allocations.so")
        self.missing = []

    def ours(self, key="cpp-lite", *flags):
        return Peer(key, (str(self.bin / "cpp_lite_bench_server"), *flags))

    def both_of_ours(self):
        """Without TLS in the program, and with it."""
        return [Peer("cpp-lite", (str(self.bin / "cpp_lite_bench_server_plain"),)), self.ours("cpp-lite with TLS")]

    def grpc(self, api, key=None, *flags):
        return self._if_there(Peer(key or f"grpc++ {api}", (str(self.bin / "grpc_bench_server"), f"--api={api}", *flags)))

    def others(self):
        return [*self._if_there(Peer("tonic", (str(self.peer_dir / "tonic_bench_server"),))),
                *self._if_there(Peer("grpc-go", ("env", "GOMAXPROCS=1", str(self.peer_dir / "go_bench_server"))))]

    def our_clients(self, *flags):
        program = str(self.bin / "cpp_lite_bench_client")
        return [Peer(f"cpp-lite {how}", (program, how, *flags)) for how in ("await", "get")]

    def grpc_clients(self, *apis):
        return [peer for api in apis for peer in self._if_there(Peer(f"grpc++ {api}", (str(self.bin / "grpc_bench_client"), api)))]

    def _if_there(self, peer):
        program = next(word for word in peer.command if "/" in word)
        if shutil.which(program):
            return [peer]
        if program not in self.missing:
            self.missing.append(program)
        return []


def unary(programs):
    peers = [programs.ours(), *programs.grpc("sync"), *programs.grpc("callback"), *programs.grpc("async"), *programs.others()]
    for connections, open_calls in SHAPES:
        yield Cell("unary", f"{connections}x{open_calls}", peers, {"connections": connections, "streams": open_calls},
                   quick=(connections, open_calls) in ((1, 1), (10, 10), (1, 100)))


def threads(programs):
    yield Cell("threads", "10x10", [programs.ours("cpp-lite threads", "--run-on=threads"), *programs.grpc("sync")],
               {"connections": 10, "streams": 10}, quick=True)
    # So many threads that sleep 10 ms answer a hundred times as many calls a second. grpc++ sync has no bound: a thread for each call.
    for count, peers in ((8, []), (200, programs.grpc("sync", None, f"--sleep-ms={SLEEP_MS}"))):
        sleeping = ("--run-on=threads", f"--threads={count}", f"--sleep-ms={SLEEP_MS}")
        yield Cell("threads", f"2x100 sleeping {SLEEP_MS} ms on {count} threads", [programs.ours("cpp-lite threads", *sleeping), *peers],
                   {"connections": 2, "streams": 100}, ideal=count * 1000 / SLEEP_MS)


def streams(programs):
    hinted = programs.grpc("callback", "grpc++ callback with hints", "--hint")
    for way in ("download", "upload"):
        peers = [programs.ours(), *programs.grpc("sync"), *programs.grpc("callback"), *(hinted if way == "download" else []),
                 *programs.others()]
        for size, stream in SIZES:
            yield Cell("streams", f"{way} {size}", peers, {"call": way, **stream}, quick=way == "download" and size != "64 KiB")


def tls(programs):
    peers = [programs.ours(), *programs.grpc("callback"), *programs.grpc("async")]
    for connections, open_calls in SHAPES:
        yield Cell("tls", f"{connections}x{open_calls}", peers, {"connections": connections, "streams": open_calls}, tls=True,
                   quick=connections == 10)
    peers = [programs.ours(), *programs.grpc("sync"), *programs.grpc("callback")]
    for way in ("download", "upload"):
        for size, stream in SIZES:
            yield Cell("tls", f"{way} {size}", peers, {"call": way, **stream}, tls=True)


def mixed(programs):
    peers = [programs.ours(), *programs.grpc("callback")]
    small = {"connections": 1, "streams": 1}
    yield Cell("mixed", "small calls alone", peers, small)
    yield Cell("mixed", "small calls beside 1 MiB messages", peers, small, beside={"call": "upload", **LARGE_STREAM})


def loops(programs):
    peers = [programs.ours("cpp-lite 1 loop", "--loops=1"), programs.ours("cpp-lite 2 loops", "--loops=2"),
             *programs.grpc("callback"), *programs.grpc("async", "grpc++ async, 2 queues", "--threads=2")]
    yield Cell("loops", "10x10 on all cores", peers, {"connections": 10, "streams": 10})


def clients(programs):
    """Whose names say `busy polling`: our client and the server look for work instead of sleeping; grpc++ has nothing like it."""
    yield ClientCell("1 outstanding", [*programs.our_clients(), *programs.grpc_clients("sync", "callback", "async")], 1)
    # Not get(): the thread that waits would look for its answer on the core that the loop needs to have it.
    yield ClientCell("1 outstanding, busy polling", [programs.our_clients(BUSY_POLL)[0], *programs.grpc_clients("sync", "callback", "async")],
                     1, (BUSY_POLL,))
    # Not sync: a thread for each call is nobody's way to have a hundred.
    yield ClientCell("100 outstanding", [*programs.our_clients(), *programs.grpc_clients("callback", "async")], 100)


GROUPS = {"unary": unary, "threads": threads, "streams": streams, "tls": tls, "mixed": mixed, "loops": loops}
