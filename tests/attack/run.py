#!/usr/bin/env python3
"""run.py SERVER [--asan] [NAME ...]: the attacks of docs/limits.md against payments_server, each on a new one, beside a well-behaved
client. Fails where the process grows over 256 MiB (not with --asan, whose own memory is larger), where the client's p99 is over ten times its
quiet value, of which less than 5 ms count as 5 ms (the machine and the attacker, which shares it, need that much), where a call of
it fails, where no counter of the attack moves, and where the server does not end well.
"""
import argparse
import multiprocessing
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from attacks import ATTACKS  # noqa: E402
from neighbour import Neighbour, percentile  # noqa: E402

QUIET, UNDER_ATTACK = 1.0, 3.0   # seconds
FLOOR, TIMES = 0.005, 10
MOST_MEMORY = 256 << 20
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class Server:
    def __init__(self, program):
        self._log = open("build/attack-server.log", "wb")
        self._process = subprocess.Popen([program, "--port=0", "--stats=true"], stdout=subprocess.PIPE, stderr=self._log, text=True)
        self.port = int(LISTENING.search(self._process.stdout.readline()).group(1))

    def peak_memory(self):
        try:
            status = open(f"/proc/{self._process.pid}/status").read()
            return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) << 10
        except (OSError, AttributeError):
            return 0

    def end(self):
        """What it has counted, and what was wrong with its end."""
        problem = None if self._process.poll() is None else f"the server ended by itself: {self._process.returncode}"
        self._process.send_signal(signal.SIGTERM)
        try:
            said, _ = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            said, _ = self._process.communicate()
            problem = "the server did not end"
        self._log.close()
        if not problem and self._process.returncode != 0:
            problem = f"exit code {self._process.returncode}: {pathlib.Path('build/attack-server.log').read_text()[-2000:]}"
        return {name: int(value) for name, value in re.findall(r"^(\w+) (\d+)$", said, re.M)}, problem


def attack_within(attack, port, seconds, pipe):
    try:
        pipe.send(attack.run(port, time.monotonic() + seconds))
    except Exception as problem:  # pylint: disable=broad-except
        pipe.send(f"the attack broke: {type(problem).__name__}: {problem}")


def run_attack(attack, port):
    """What the server answered, from a process of its own."""
    seconds = UNDER_ATTACK + attack.spare
    pipe, far = multiprocessing.Pipe()
    process = multiprocessing.Process(target=attack_within, args=(attack, port, seconds, far), daemon=True)
    process.start()
    answer = pipe.recv() if pipe.poll(3 * seconds + 10) else "the attack broke: it does not end"
    process.join(5)
    process.kill()
    return answer


def judge(attack, asan, quiet, during, memory, counts, problem):
    """All that is wrong."""
    wrong = [problem] if problem else []
    wrong += [str(value) for value in quiet + during if isinstance(value, str)]
    calls = [value for value in during if not isinstance(value, str)]
    failed = sum(1 for value in calls if value < 0)
    if failed or not calls:
        wrong.append(f"{failed} of {len(calls)} calls of the neighbour failed")
    elif percentile(calls, 0.99) > TIMES * max(FLOOR, percentile(quiet, 0.99)):
        wrong.append("the neighbour waits too long")
    if memory > MOST_MEMORY and not asan:
        wrong.append(f"{memory >> 20} MiB")
    if not any(counts.get(name) for name in attack.counters):
        wrong.append(f"{' and '.join(attack.counters)} did not move")
    return wrong


def run(attack, program, asan):
    server = Server(program)
    with Neighbour(server.port) as neighbour:
        time.sleep(0.2)
        neighbour.latencies()   # the first ones warm up
        time.sleep(QUIET)
        quiet = neighbour.latencies()
        answer = run_attack(attack, server.port)
        during = neighbour.latencies(last=True)
    memory = server.peak_memory()
    counts, problem = server.end()
    wrong = judge(attack, asan, quiet, during, memory, counts, problem)
    if answer.startswith("the attack broke"):
        wrong.append(answer)
    ratio = "-"
    if not any(isinstance(value, str) for value in quiet + during):
        before, beside = percentile(quiet, 0.99), percentile(during, 0.99)
        ratio = f"{before * 1e3:.1f} > {beside * 1e3:.1f} ms, x{beside / max(FLOOR, before):.1f}"
    moved = ", ".join(f"{name} {counts[name]}" for name in attack.counters if counts.get(name)) or "none"
    print(f"{attack.bound:4} {attack.name:26} {memory >> 20:4} MiB  {ratio:24} {moved:34} {answer}", flush=True)
    for line in wrong:
        print(f"     FAILED: {line}", flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--asan", action="store_true")
    options = parser.parse_args()
    pathlib.Path("build").mkdir(exist_ok=True)
    chosen = [attack for attack in ATTACKS if not options.names or any(name in (attack.bound, attack.name) for name in options.names)]
    print(f"{'':4} {'attack':26} {'peak':>8}  {'p99, quiet > beside':24} {'counted':34} answered")
    passed = [run(attack, options.server, options.asan) for attack in chosen]
    print(f"{sum(passed)} of {len(passed)} attacks were survived")
    sys.exit(0 if all(passed) and passed else 1)


if __name__ == "__main__":
    main()
