#!/usr/bin/env python3
"""What our server keeps: endurance.py BIN_DIR [--connections=10000] [--calls=10000000]

Idle connections, and what is left when they have gone, twice; then calls, a hundred at a time, in ten parts with connections of their
own. Exit code 1: an idle connection takes more than 16 KiB, or the memory still grows after the first part.
"""
import argparse
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness.memory import settled  # noqa: E402
from harness.processes import Holder, Server, run  # noqa: E402

KIB = 1024
MOST_IDLE = 16 * KIB
FLAT = 1 << 20   # of growth after the first part, in all
PARTS = 10


def idle(server, load, count):
    """Bytes of each of so many connections, the first time and again."""
    with Holder(load, port=server.port, connections=10, do="idle"):
        pass   # what is allocated for good is no connection's
    before = settled(server.pid)
    print(f"at start                      {before / 1e6:8.1f} MB")
    most = 0
    for time in ("", ", again"):
        with Holder(load, port=server.port, connections=count, do="idle"):
            each = (settled(server.pid) - before) / count
        most = max(most, each)
        print(f"{count} idle connections{time:8} {each / KIB:8.1f} KiB each, {settled(server.pid) / 1e6:.1f} MB when they have left")
    return most


def endure(server, load, calls):
    """How much the memory grows after the first part."""
    first = None
    for part in range(1, PARTS + 1):
        done = run(load, port=server.port, connections=10, streams=10, calls=calls // PARTS)
        now = settled(server.pid)
        first = first or now
        print(f"{part * calls // PARTS:10} calls              {now / 1e6:8.1f} MB   {done['calls_per_s']:.0f} a second", flush=True)
    return now - first


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=10_000_000)
    given = parser.parse_args()
    program, load = given.bin / "cpp_lite_bench_server", str(given.bin / "bench_load")
    with Server([str(program), "--port=0"]) as server:
        each = idle(server, load, given.connections)
    with Server([str(program), "--port=0"]) as server:
        growth = endure(server, load, given.calls)
    wrong = []
    if each > MOST_IDLE:
        wrong.append(f"an idle connection takes {each / KIB:.1f} KiB, more than {MOST_IDLE // KIB}")
    if growth > FLAT:
        wrong.append(f"the memory has grown by {growth / 1e6:.1f} MB since the first tenth of the calls")
    for what in wrong:
        print(f"WRONG: {what}")
    if not wrong:
        print("idle connections are cheap, and the memory is flat")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
