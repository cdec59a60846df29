"""What is measured: who serves or calls, and under which load."""
import dataclasses
import pathlib
import shutil

SMALL_STREAM = {"messages": 20000, "size": 0}
MIDDLE_STREAM = {"messages": 512, "size": 65536}
BUSY_POLL = "--busy-poll=1000"
LARGE_STREAM = {"messages": 64, "size": 1 << 20}


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program that serves, with its flags. `key` is its name in results."""
    key: str
    command: tuple
    tls: bool = True


@dataclasses.dataclass
class Cell:
    """One load on several peers, or one server under several clients."""
    group: str
    name: str
    peers: list
    load: dict
    tls: bool = False
    beside: dict = None      # a second load at the same time, which is not measured
    flags: tuple = ()        # of our server alone
    quick: bool = False


class Programs:
    """What was built: paths, and the peers that are there."""

    def __init__(self, bin_dir, peer_dir):
        self.bin, self.peer_dir = pathlib.Path(bin_dir), pathlib.Path(peer_dir)
        self.load = str(self.bin / "bench_load")
        self.allocations = str(self.bin / "bench_allocations.so")
        self.missing = []

    def ours(self, key="cpp-lite", *flags):
        return Peer(key, (str(self.bin / "cpp_lite_bench_server"), *flags))

    def grpc(self, api, key=None, *flags):
        return self._if_there(Peer(key or f"grpc++ {api}", (str(self.bin / "grpc_bench_server"), f"--api={api}", *flags)))

    def others(self):
        return [*self._if_there(Peer("tonic", (str(self.peer_dir / "tonic_bench_server"),), tls=False)),
                *self._if_there(Peer("grpc-go", ("env", "GOMAXPROCS=1", str(self.peer_dir / "go_bench_server")), tls=False))]

    def clients(self):
        found = [Peer("cpp-lite await", (str(self.bin / "cpp_lite_bench_client"), "await")),
                 Peer("cpp-lite get", (str(self.bin / "cpp_lite_bench_client"), "get"))]
        for how in ("sync", "callback", "async"):
            found += self._if_there(Peer(f"grpc++ {how}", (str(self.bin / "grpc_bench_client"), how)))
        return found

    def polling_clients(self):
        """Ours, which look for replies instead of sleeping, as does our server then."""
        return [Peer("cpp-lite await, busy polling", (str(self.bin / "cpp_lite_bench_client"), "await", BUSY_POLL))]

    def _if_there(self, peer):
        program = next(word for word in peer.command if "/" in word)
        if shutil.which(program):
            return [peer]
        if program not in self.missing:
            self.missing.append(program)
        return []


def unary(programs):
    peers = [programs.ours(), *programs.grpc("sync"), *programs.grpc("callback"), *programs.grpc("async"), *programs.others()]
    for connections, streams in ((1, 1), (1, 10), (10, 10), (1, 100), (100, 100)):
        yield Cell("unary", f"{connections}x{streams}", peers, {"connections": connections, "streams": streams},
                   quick=(connections, streams) in ((1, 1), (10, 10), (1, 100)))


def threads(programs):
    yield Cell("threads", "10x10", [programs.ours("cpp-lite threads", "--run-on=threads"), *programs.grpc("sync")],
               {"connections": 10, "streams": 10}, quick=True)
    # 8 threads that sleep 10 ms can answer 800 calls a second.
    sleep = ("--run-on=threads", "--threads=8", "--sleep-ms=10")
    yield Cell("threads", "2x100 sleeping 10 ms on 8 threads", [programs.ours("cpp-lite threads", *sleep)],
               {"connections": 2, "streams": 100})


def streams(programs):
    hinted = programs.grpc("callback", "grpc++ callback with hints", "--hint")
    for way in ("download", "upload"):
        peers = [programs.ours(), *programs.grpc("sync"), *programs.grpc("callback"), *(hinted if way == "download" else []),
                 *programs.others()]
        for size, stream in (("small", SMALL_STREAM), ("64 KiB", MIDDLE_STREAM), ("1 MiB", LARGE_STREAM)):
            yield Cell("streams", f"{way} {size}", peers, {"call": way, **stream}, quick=way == "download" and size != "64 KiB")


def tls(programs):
    peers = [peer for peer in [programs.ours(), *programs.grpc("callback"), *programs.grpc("async")] if peer.tls]
    for connections, open_calls in ((1, 1), (10, 10), (1, 100)):
        yield Cell("tls", f"{connections}x{open_calls}", peers, {"connections": connections, "streams": open_calls}, tls=True,
                   quick=connections == 10)
    yield Cell("tls", "download 1 MiB", peers, {"call": "download", **LARGE_STREAM}, tls=True)
    yield Cell("tls", "upload 1 MiB", peers, {"call": "upload", **LARGE_STREAM}, tls=True)


def mixed(programs):
    peers = [programs.ours(), *programs.grpc("callback")]
    small = {"connections": 1, "streams": 1}
    yield Cell("mixed", "small calls alone", peers, small)
    yield Cell("mixed", "small calls beside 1 MiB messages", peers, small, beside={"call": "upload", **LARGE_STREAM})


def loops(programs):
    peers = [programs.ours("cpp-lite 1 loop", "--loops=1"), programs.ours("cpp-lite 2 loops", "--loops=2"),
             *programs.grpc("callback")]
    yield Cell("loops", "10x10 on all cores", peers, {"connections": 10, "streams": 10})


GROUPS = {"unary": unary, "threads": threads, "streams": streams, "tls": tls, "mixed": mixed, "loops": loops}
