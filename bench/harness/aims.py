"""What we aim at, and what a run says to it."""
import dataclasses

from .report import median, short, text_of

UNARY = {"1x1": 1.6, "1x10": None, "10x10": 5, "1x100": 6, "100x100": 6}   # connections x calls: times less CPU than grpc++
LARGE = ("64 KiB", "1 MiB")
OURS = "cpp-lite"


@dataclasses.dataclass
class Aim:
    what: str
    value: float    # None: it was not measured
    least: float = None
    most: float = None

    def wanted(self):
        if self.least is not None:
            return f"at least {short(self.least)}"
        return f"at most {short(self.most)}" if self.most is not None else "-"

    def verdict(self):
        if self.value is None:
            return "not measured"
        if self.least is None and self.most is None:
            return ""
        missed = self.value < self.least if self.least is not None else self.value > self.most
        return "MISSED" if missed else "holds"


def over(a, b):
    return a / b if a is not None and b else None


class Figures:
    """Medians of a run; None for what it does not have."""

    def __init__(self, results):
        self.results = results

    def of(self, group, cell, who, name):
        runs = self.results.of_cell(group, cell).get(who)
        return median(runs, name) if runs and name in runs[0] else None

    def best(self, group, cell, family, name, which=min):
        """Of the peers whose names start so."""
        found = [median(runs, name) for who, runs in self.results.of_cell(group, cell).items() if who.startswith(family)]
        return which(found) if found else None


def unary(f):
    for cell, least in UNARY.items():
        ours = f.of("unary", cell, OURS, "server_us")
        yield Aim(f"unary {cell}: server CPU of grpc++'s best API, times ours", over(f.best("unary", cell, "grpc++", "server_us"), ours), least)
        yield Aim(f"unary {cell}: server CPU of tonic, times ours", over(f.of("unary", cell, "tonic", "server_us"), ours),
                  2 if cell == "10x10" else 1)
    yield Aim("unary 1x1: p50 of our server, part of grpc++'s best", over(f.of("unary", "1x1", OURS, "p50_us"),
                                                                           f.best("unary", "1x1", "grpc++", "p50_us")))
    yield Aim("unary 10x10: server CPU, us", f.of("unary", "10x10", OURS, "server_us"), most=2.7)


def counted(f):
    for cell in ("1x10 in batches", "10x10"):
        aimed = cell == "10x10"
        yield Aim(f"unary {cell}: allocations of the server", f.of("counted", cell, OURS, "allocations"), most=6 if aimed else None)
        yield Aim(f"unary {cell}: system calls of the server", f.of("counted", cell, OURS, "system_calls"), most=0.25 if aimed else None)
    yield Aim("unary 1x10: user instructions of the server", f.of("counted", "1x10 in batches", OURS, "instructions"), most=20_000)


def clients(f):
    for how in ("await", "get"):
        who = f"{OURS} {how}"
        yield Aim(f"client, 100 outstanding, {how}: CPU of grpc++ callback, times ours",
                  over(f.of("client", "100 outstanding", "grpc++ callback", "client_us"), f.of("client", "100 outstanding", who, "client_us")),
                  5 if how == "await" else None)
    one = "1 outstanding"
    for how in ("await", "get"):
        who = f"{OURS} {how}"
        yield Aim(f"client, 1 outstanding, {how}: CPU of grpc++'s best API, times ours",
                  over(f.best("client", one, "grpc++", "client_us"), f.of("client", one, who, "client_us")), 1.8)
        best = f.best("client", one, "grpc++", "p50_us")
        yield Aim(f"client, 1 outstanding, {how}: p50, part of grpc++'s best", over(f.of("client", one, who, "p50_us"), best), most=1)
    yield Aim("client, 1 outstanding, await, both sides polling: p50, part of grpc++'s best",
              over(f.of("client", f"{one}, busy polling", f"{OURS} await", "p50_us"), best), most=0.45)


def streams(f):
    for way, rate in (("download", "mb_in_per_s"), ("upload", "mb_out_per_s")):
        cell = f"{way} small"
        yield Aim(f"{cell} messages: server CPU of grpc++ callback without hints, times ours",
                  over(f.of("streams", cell, "grpc++ callback", "server_us"), f.of("streams", cell, OURS, "server_us")), 10)
        yield Aim(f"{cell} messages: server CPU of tonic, times ours",
                  over(f.of("streams", cell, "tonic", "server_us"), f.of("streams", cell, OURS, "server_us")))
        for size in LARGE:
            cell = f"{way} {size}"
            yield Aim(f"{cell} messages: bytes a second, part of grpc++'s best",
                      over(f.of("streams", cell, OURS, rate), f.best("streams", cell, "grpc++", rate, max)), 0.95)
    most = [f.of("streams", f"{way} 1 MiB", OURS, "server_peak_mb") for way in ("download", "upload")]
    yield Aim("1 MiB messages: most memory of the server, MB", None if None in most else max(most), most=16)


def tls(f):
    for cell in UNARY:
        yield Aim(f"TLS, unary {cell}: server CPU of grpc++'s best API, times ours",
                  over(f.best("tls", cell, "grpc++", "server_us"), f.of("tls", cell, OURS, "server_us")), 3 if cell == "10x10" else 1)
    yield Aim("TLS, unary 1x1: p50 of our server, part of grpc++'s best", over(f.of("tls", "1x1", OURS, "p50_us"),
                                                                                f.best("tls", "1x1", "grpc++", "p50_us")), most=1)
    for way, rate in (("download", "mb_in_per_s"), ("upload", "mb_out_per_s")):
        for size in ("small", *LARGE):
            cell = f"{way} {size}"
            yield Aim(f"TLS, {cell} messages: bytes a second, part of grpc++'s best",
                      over(f.of("tls", cell, OURS, rate), f.best("tls", cell, "grpc++", rate, max)), 1)


def threads(f):
    for cell in f.results.cells("threads"):
        if "sleeping" in cell:
            yield Aim(f"threads, {cell}: part of the ideal rate", f.of("threads", cell, f"{OURS} threads", "of_ideal"), 0.95)
    yield Aim("threads, unary 10x10: server CPU of grpc++ sync, times ours",
              over(f.of("threads", "10x10", "grpc++ sync", "server_us"), f.of("threads", "10x10", f"{OURS} threads", "server_us")), 2.5)


def memory(f):
    def of(name):
        return f.of("memory", "of a server", OURS, name)
    yield Aim("memory: idle connection, kB", of("idle_connection_kb"), most=16)
    yield Aim("memory: open stream, with its handler's frame of 0.4 kB, kB", of("open_stream_kb"), most=2.4)
    yield Aim("memory: server at start, MB", of("start_mb"), most=6.5)
    if of("connections"):
        kept = over(of("afterwards_mb") - of("start_mb"), of("full_mb") - of("start_mb"))
        yield Aim(f"memory: part that is kept when {of('connections'):,.0f} connections have left", kept, most=0.1)


def loops(f):
    cell = "10x10 on all cores"
    yield Aim("two loops: rate, times that of one", over(f.of("loops", cell, f"{OURS} 2 loops", "calls_per_s"),
                                                         f.of("loops", cell, f"{OURS} 1 loop", "calls_per_s")))
    yield Aim("two loops: system calls for locks (futex) for each call", f.of("counted", "10x10", f"{OURS} 2 loops", "futexes"), most=0.001)
    yield Aim("two loops: that have calls", f.of("counted", "cache lines that loops share", f"{OURS} 2 loops", "busy_loops"), 2)
    yield Aim("two loops: cache lines that both use on a call's path, and one writes",
              f.of("counted", "cache lines that loops share", f"{OURS} 2 loops", "shared_lines"), most=0)


def weight(f):
    def compiled(name):
        return f.of("weight", "compiling a client", OURS, name)

    def program(who, name):
        return f.of("weight", "a client that makes one call", who, name)
    yield Aim("a client's file: lines beyond the .pb.h", compiled("lines_over_pb_h"), most=10_000)
    yield Aim("a client's file: seconds to compile beyond the .pb.h", compiled("compile_s_over_pb_h"), most=0.25)
    yield Aim("the generated file: seconds to compile beyond the .pb.cc", compiled("generated_s_over_pb_cc"), most=0.3)
    yield Aim("shared libraries beyond libc and libstdc++", program(OURS, "shared_libraries"), most=4)
    yield Aim("static client, stripped, MB", program(f"{OURS}, static", "stripped_mb"), most=3.5)
    yield Aim("static client, lite messages, stripped, MB", program(f"{OURS}, lite messages, static", "stripped_mb"), most=2.2)
    yield Aim("server: exec to its first reply, ms", f.of("weight", "a server's start", OURS, "exec_to_reply_ms"), most=5)
    yield Aim("client: exec to its first reply, ms", program(OURS, "exec_to_reply_ms"), most=5)
    yield Aim("client: the whole process of one call, ms", program(OURS, "process_ms"), most=4)
    yield Aim("static client: the whole process of one call, ms", program(f"{OURS}, static", "process_ms"), most=2)


def latencies(f):
    yield Aim("unary 10x10: p99, part of grpc++ callback's", over(f.of("unary", "10x10", OURS, "p99_us"),
                                                                  f.of("unary", "10x10", "grpc++ callback", "p99_us")), most=0.25)


def mixed(f):
    yield Aim("small calls beside 1 MiB messages: p99, times the quiet one",
              over(f.of("mixed", "small calls beside 1 MiB messages", OURS, "p99_us"), f.of("mixed", "small calls alone", OURS, "p99_us")),
              most=3)


def aims(results):
    """Those of the groups that were measured."""
    figures, present = Figures(results), set(results.groups())
    parts = (("unary", unary), ("counted", counted), ("client", clients), ("streams", streams), ("tls", tls), ("threads", threads),
             ("memory", memory), ("loops", loops), ("weight", weight), ("unary", latencies), ("mixed", mixed))
    return [aim for group, part in parts if group in present for aim in part(figures)]


def rows(results, whole=True):
    """Of a run that is not whole, without what it did not measure."""
    shown = [[aim.what, "-" if aim.value is None else short(aim.value), aim.wanted(), aim.verdict()] for aim in aims(results)
             if whole or aim.value is not None]
    return [["aim", "measured", "wanted", ""], *shown]


def text(results, whole=True):
    return text_of(rows(results, whole))
