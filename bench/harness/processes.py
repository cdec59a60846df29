"""The programs of bench/: servers, started and ended, and what calls them, which prints one line of JSON."""
import json
import os
import re
import select
import signal
import subprocess
import sys

LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
SECONDS = 120   # no program takes longer


def pinned(command, cpu):
    return command if cpu is None else ["taskset", "-c", str(cpu), *command]


class Server:
    """A program that says where it listens, until the end of the with statement."""

    def __init__(self, command, cpu=None, env=None, stderr=None):
        self._stderr = open(stderr, "wb") if stderr else None
        self._process = subprocess.Popen(pinned(command, cpu), stdout=subprocess.PIPE, stderr=self._stderr, text=True,
                                         env={**os.environ, **(env or {})})
        self.pid = self._process.pid
        line = self._process.stdout.readline() if select.select([self._process.stdout], [], [], SECONDS)[0] else ""
        found = LISTENING.search(line)
        if not found:
            self.end()
            raise RuntimeError(f"{command[0]} said {line!r} instead of where it listens")
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        if self._stderr:
            self._stderr.close()


class Failed(Exception):
    """A reply was wrong, or there was none."""


def flags_of(options):
    return [f"--{name.replace('_', '-')}={int(value) if isinstance(value, bool) else value}" for name, value in options.items()]


def run(program, cpu=None, before=(), env=None, stderr=None, **options):
    """What bench_load or a client says of a run."""
    command = pinned([*before, program, *flags_of(options)], cpu)
    errors = open(stderr, "wb") if stderr else subprocess.PIPE
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, timeout=SECONDS, check=False,
                          env={**os.environ, **(env or {})})
    if stderr:
        errors.close()
    if done.returncode != 0:
        said = open(stderr, "rb").read() if stderr else done.stderr
        raise Failed(f"{' '.join(command)}: {said.decode(errors='replace').strip()[-500:]}")
    return json.loads(done.stdout)


class Beside:
    """bench_load in the background, out of the way of what is measured, until the end of the with statement. Its `seconds` are to be
    longer than those of the other load; `ended` is what it says."""

    def __init__(self, program, cpu=None, **options):
        self._process = subprocess.Popen(["nice", "-n", "19", *pinned([program, *flags_of(options)], cpu)], stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE)
        self.ended = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self._process.kill()
        elif self._process.poll() is not None:
            said = self._process.communicate()[1]
            raise Failed(f"the load beside ended too early: {said.decode(errors='replace').strip()}")
        out, said = self._process.communicate(timeout=SECONDS)
        if kind is None and self._process.returncode != 0:
            raise Failed(f"the load beside: {said.decode(errors='replace').strip()}")
        self.ended = json.loads(out) if kind is None else None


class Holder:
    """bench_load with connections or calls that do nothing, until the end of the with statement."""

    def __init__(self, program, **options):
        self._process = subprocess.Popen([program, *flags_of(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "open\n":
            raise Failed(f"{program} opens nothing")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)
