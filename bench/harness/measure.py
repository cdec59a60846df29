"""One measurement each: a server under load, a client against a server, memory, what is counted instead of timed."""
import os
import pathlib
import re
import subprocess
import tempfile
import time

from .processes import Holder, Server, run


class Pins:
    """Servers on one core and the load on another; on a machine with one core, nothing is pinned."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.server, self.load = (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def served(programs, pins, cell, peer, seconds):
    """A server of `peer` under the load of `cell`."""
    everywhere = cell.group == "loops"
    flags = ["--tls"] if cell.tls else []
    with Server([*peer.command, "--port=0", *flags], cpu=None if everywhere else pins.server) as server:
        options = {"port": server.port, "server": server.pid, "seconds": seconds, "warmup": max(0.3, seconds / 5), "tls": cell.tls,
                   "timeout": "100S" if "call" in cell.load else "10S"}
        beside = None
        if cell.beside:
            beside = start_beside(programs, pins, {**options, **cell.beside, "seconds": seconds + 2, "server": 0})
        try:
            return run(programs.load, cpu=None if everywhere else pins.load, **{**options, **cell.load})
        finally:
            if beside:
                beside.kill()
                beside.wait()


def start_beside(programs, pins, options):
    from .processes import flags_of, pinned
    return subprocess.Popen(pinned([programs.load, *flags_of(options)], pins.load), stdout=subprocess.DEVNULL)


def called(programs, pins, client, outstanding, seconds):
    """A client against our server, both with its flags; its CPU, not the server's."""
    program, how, *both = client.command
    with Server([*programs.ours().command, "--port=0", *both], cpu=pins.server) as server:
        more = dict(flag.removeprefix("--").split("=") for flag in both)
        return run(program, cpu=pins.load, **more, port=server.port, outstanding=outstanding, how=how, seconds=seconds,
                   warmup=max(0.3, seconds / 5))


def resident(pid):
    """Bytes of its memory that are in the machine, those that it shares with others included."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss: +(\d+) kB", text, re.MULTILINE).group(1)) * 1024


def settled(pid):
    """Memory, once it has stopped changing."""
    last = resident(pid)
    for _ in range(50):
        time.sleep(0.1)
        now = resident(pid)
        if abs(now - last) < 4096:
            return now
        last = now
    return last


def memory(programs, peer, connections=1000, calls=(20, 100)):
    """At start; for each idle connection and each open call; after the connections are gone."""
    with Server([*peer.command, "--port=0"]) as server:
        result = {"start_mb": settled(server.pid) / 1e6}
        # Once around first: what is allocated for good is no connection's.
        with Holder(programs.load, port=server.port, connections=10, do="idle"):
            pass
        before = settled(server.pid)
        with Holder(programs.load, port=server.port, connections=connections, do="idle"):
            result["idle_connection_kb"] = (settled(server.pid) - before) / connections / 1e3
        result["afterwards_mb"] = settled(server.pid) / 1e6
        outer, inner = calls
        with Holder(programs.load, port=server.port, connections=outer, do="idle"):
            before = settled(server.pid)
            with Holder(programs.load, port=server.port, connections=outer, streams=inner, do="open", timeout=""):
                both = settled(server.pid)
        connection = result["idle_connection_kb"] * 1e3
        result["open_stream_kb"] = (both - before - outer * connection) / (outer * inner) / 1e3
        return result


def counted(programs, peer, calls=(600, 2600)):
    """User instructions, allocations and system calls for each unary call: the difference of two runs, 1x10 in batches."""
    with tempfile.TemporaryDirectory() as folder:
        totals = [counts_of_one_run(programs, peer, number, pathlib.Path(folder)) for number in calls]
    more = totals[1][0] - totals[0][0]
    names = ("instructions", "allocations", "system_calls")
    return dict(zip(names, ((b - a) / more for a, b in zip(totals[0][1:], totals[1][1:]))))


def counts_of_one_run(programs, peer, number, folder):
    shape = {"connections": 1, "streams": 10, "lockstep": True, "calls": number, "timeout": "100S"}
    log, counter = folder / "log", folder / "counter"
    with Server(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}", *peer.command,
                 "--port=0"]) as server:
        total = run(programs.load, port=server.port, **shape)["total_calls"]
    instructions = int(re.search(r"Collected : (\d+)", log.read_text(errors="replace")).group(1))
    counter.unlink(missing_ok=True)
    with Server([*peer.command, "--port=0"], env={"LD_PRELOAD": programs.allocations, "BENCH_ALLOCATIONS": str(counter)}) as server:
        run(programs.load, port=server.port, **shape)
    allocations = int.from_bytes(counter.read_bytes()[:8], "little")
    return total, instructions, allocations, system_calls(programs, peer, shape, folder / "strace")


def system_calls(programs, peer, shape, log):
    # strace -D: the server stays the process that was started.
    with Server(["strace", "-D", "-f", "-c", "-o", str(log), *peer.command, "--port=0"]) as server:
        run(programs.load, port=server.port, **shape)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        total = re.search(r"^100\.00 .*?(\d+) +(?:\d+ +)?total$", log.read_text() if log.exists() else "", re.MULTILINE)
        if total:
            return int(total.group(1))
        time.sleep(0.1)
    raise RuntimeError("strace counted nothing")
