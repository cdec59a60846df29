#!/usr/bin/env python3
"""What a unary call costs, in what noise cannot move: guard.py BIN_DIR PREFIX PLUGIN WORK

User instructions (callgrind), allocations (counted by a preloaded library) and system calls (traced by valgrind) for each call of
our server and of our client, in batches of ten that are written at once, each as the difference of a long and a short run. They may
not be above ceilings.json; who moves one says why in docs/decisions/0019-ceilings-of-a-call.md.

BIN_DIR has bench_load and bench_allocations.so; PREFIX is an installed, optimized library, PLUGIN its protoc-gen-cpp-lite. Exit code
77: skipped.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent))
from harness.processes import Server, run, skip  # noqa: E402

SHORT, LONG = 600, 2600
SHAPE = {"connections": 1, "streams": 10, "lockstep": True}
NO_CALLS = ("sys_clock_gettime", "sys_gettimeofday", "sys_time")   # answered without the kernel, except below valgrind
WHAT = ("instructions", "allocations", "system_calls")


def build(prefix, plugin, work):
    folder = work / "guard"
    flags = [f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCPP_LITE_PLUGIN_EXECUTABLE={plugin}", "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_CXX_STANDARD=20", f"-DCMAKE_CXX_COMPILER={os.environ.get('CXX', 'c++')}"]
    for command in (["cmake", "-S", str(here), "-B", str(folder), "-G", "Ninja", *flags], ["cmake", "--build", str(folder)]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout)
            sys.exit(1)
    return folder


class Under:
    """How a program is run so that it is counted, and what was counted."""

    def __init__(self, work, tools, what):
        self._log = str(work / f"{what}.log")
        self._counter = str(work / f"{what}.count")
        self._tools = tools

    def valgrind(self):
        return ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-syscalls=yes", f"--log-file={self._log}"]

    def instructions_and_calls(self):
        text = pathlib.Path(self._log).read_text(errors="replace")
        # A call that blocks has a second line for its end, without the name.
        calls = re.findall(r"SYSCALL\[\d+,\d+\]\( *\d+\) (sys_\w+)", text)
        return int(re.search(r"Collected : (\d+)", text).group(1)), sum(name not in NO_CALLS for name in calls)

    def preload(self):
        pathlib.Path(self._counter).unlink(missing_ok=True)
        return {"LD_PRELOAD": str(self._tools / "bench_allocations.so"), "BENCH_ALLOCATIONS": self._counter}

    def allocations(self):
        return int.from_bytes(pathlib.Path(self._counter).read_bytes()[:8], sys.byteorder)


def server_totals(programs, tools, under, calls):
    """(calls, instructions, allocations, system calls) of the server's whole life."""
    server, load = str(programs / "cpp_lite_bench_server"), str(tools / "bench_load")
    with Server([*under.valgrind(), server]) as served:
        total = run(load, port=served.port, calls=calls, **SHAPE)["total_calls"]
    instructions, system_calls = under.instructions_and_calls()
    with Server([server], env=under.preload()) as served:
        run(load, port=served.port, calls=calls, **SHAPE)
    return total, instructions, under.allocations(), system_calls


def client_totals(programs, _, under, calls):
    server, client = str(programs / "cpp_lite_bench_server"), str(programs / "cpp_lite_bench_client")
    with Server([server]) as served:
        flags = {"port": served.port, "calls": calls, "outstanding": 10, "lockstep": True}
        total = run(client, before=under.valgrind(), **flags)["total_calls"]
        instructions, system_calls = under.instructions_and_calls()
        run(client, env=under.preload(), **flags)
    return total, instructions, under.allocations(), system_calls


def per_call(totals, *where):
    short, long = totals(*where, SHORT), totals(*where, LONG)
    calls = long[0] - short[0]
    return dict(zip(WHAT, ((b - a) / calls for a, b in zip(short[1:], long[1:]))))


def judge(side, counted, ceilings):
    """True: none is above its ceiling."""
    fine = True
    for what in WHAT:
        ceiling, value = ceilings[side][what], counted[what]
        verdict = "" if value <= ceiling else "  TOO MUCH"
        if value < 0.9 * ceiling:
            verdict = "  (lower the ceiling)"
        print(f"{side}: {value:10.2f} {what:14} for each call, at most {ceiling}{verdict}")
        fine = fine and value <= ceiling
    return fine


def main():
    tools, prefix, plugin, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:5])
    if not shutil.which("valgrind"):
        skip("bench.guard: valgrind is not installed")
    compiler = subprocess.run([os.environ.get("CXX", "c++"), "--version"], capture_output=True, text=True, check=True).stdout
    if "clang" in compiler:
        skip("bench.guard: its ceilings are those of g++")
    work.mkdir(parents=True, exist_ok=True)
    programs = build(prefix, plugin, work)
    ceilings = json.loads((here / "ceilings.json").read_text())
    sides = {"server": server_totals, "client": client_totals}
    fine = [judge(side, per_call(totals, programs, tools, Under(work, tools, side)), ceilings) for side, totals in sides.items()]
    if not all(fine):
        print("A call costs more than it did. Raising a ceiling takes a reason in docs/decisions/0019-ceilings-of-a-call.md.")
        sys.exit(1)


if __name__ == "__main__":
    main()
