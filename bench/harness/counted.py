"""What is counted instead of timed, as the difference of a short and a long run: user instructions, allocations and system calls for
each unary call."""
import pathlib
import re
import tempfile
import time

from .processes import Server, run

BATCHES = {"connections": 1, "streams": 10, "lockstep": True}   # ten calls that are written at once
MANY = {"connections": 10, "streams": 10}


def difference(measure, calls):
    """For each call, of what `measure` yields as (calls, count...)."""
    short, long = measure(calls[0]), measure(calls[1])
    return [(b - a) / (long[0] - short[0]) for a, b in zip(short[1:], long[1:])]


def counted(programs, peer, shape, instructions=True):
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"

        def load(server, calls):
            return run(programs.load, port=server.port, calls=calls, timeout="100S", **shape)["total_calls"]

        if instructions:
            result["instructions"], = difference(lambda calls: instructions_of(peer, load, calls, log), (600, 2600))
        result["allocations"], = difference(lambda calls: allocations_of(programs, peer, load, calls, log), (2000, 20000))
        result["system_calls"], result["futexes"] = difference(lambda calls: system_calls_of(peer, load, calls, log), (2000, 20000))
    return result


def instructions_of(peer, load, calls, log):
    with Server(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}", *peer.command,
                 "--port=0"]) as server:
        total = load(server, calls)
    return total, int(re.search(r"Collected : (\d+)", log.read_text(errors="replace")).group(1))


def allocations_of(programs, peer, load, calls, counter):
    counter.unlink(missing_ok=True)
    with Server([*peer.command, "--port=0"], env={"LD_PRELOAD": programs.allocations, "BENCH_ALLOCATIONS": str(counter)}) as server:
        total = load(server, calls)
    return total, int.from_bytes(counter.read_bytes()[:8], "little")


def system_calls_of(peer, load, calls, log):
    """All of them, and those that put threads to sleep or wake them."""
    log.unlink(missing_ok=True)
    # strace -D: the server stays the process that was started.
    with Server(["strace", "-D", "-f", "-c", "-U", "name,calls", "-o", str(log), *peer.command, "--port=0"]) as server:
        total = load(server, calls)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        table = dict(re.findall(r"^ *(\w+) +(\d+)$", log.read_text() if log.exists() else "", re.MULTILINE))
        if "total" in table:
            return total, int(table["total"]), int(table.get("futex", 0))
        time.sleep(0.1)
    raise RuntimeError("strace counted nothing")
