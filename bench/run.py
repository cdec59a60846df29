#!/usr/bin/env python3
"""Our server and client beside those of other runtimes: run.py BIN_DIR [quick] [GROUP...] [--reps=N] [--seconds=S] [--out=FILE]

GROUPs: unary, threads, streams, tls, mixed, loops, client, memory, counted, weight; without one all, in quick a part of them. Each
repetition goes through all cells, each cell through all servers, so that a machine whose speed changes changes it for all. Servers
have a core of their own, the load has another. What is printed are medians (and ranges) of the repetitions, and what they say to our
aims. The results are in bench/results/: full.json, quick.json, or part.json where groups were named.
"""
import argparse
import datetime
import functools
import os
import pathlib
import resource
import sys
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness import aims, cells, counted, machine, measure, memory, report, sharing, weight  # noqa: E402

BUSY = 0.1   # of one processor, by others: more, and the figures are marked
ONCE = ("memory", "counted", "weight")
GROUPS = [*cells.GROUPS, "client", *ONCE]
SECONDS = {"full": 2.0, "quick": 0.8, "part": 2.0}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("what", nargs="*")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--peers", default=os.environ.get("BENCH_PEERS", ""))
    parser.add_argument("--out")
    given = parser.parse_intermixed_args()
    given.quick = "quick" in given.what
    named = [word for word in given.what if word != "quick"]
    given.groups = named or GROUPS
    given.name = "part" if named else "quick" if given.quick else "full"
    unknown = set(given.groups) - set(GROUPS)
    if unknown:
        parser.error(f"unknown: {' '.join(sorted(unknown))}")
    given.seconds = given.seconds or SECONDS["quick" if given.quick else given.name]
    return given


def open_many_files():
    """For servers with ten thousand connections."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Bench:
    def __init__(self, given):
        self.given = given
        self.programs = cells.Programs(given.bin, given.peers or given.bin)
        self.pins = measure.Pins()
        self.results = report.Results()
        self.failures = []
        self.revision = machine.revision(here)   # before results are written
        self.watch, self.began = machine.Watch(), time.monotonic()
        self.cells = [cell for name, make in cells.GROUPS.items() if name in given.groups
                      for cell in make(self.programs) if cell.quick or not given.quick]
        self.client_cells = list(cells.clients(self.programs)) if "client" in given.groups else []

    def attempt(self, group, cell, who, what):
        """One that fails is reported in the end, and the others go on."""
        try:
            self.results.add(group, cell, who, what())
        except Exception as error:   # pylint: disable=broad-except
            words = str(error).replace(f"{self.programs.bin}/", "")
            self.failures.append(f"{group} {cell} {who}: {type(error).__name__}: {words}")
            print(f"FAILED {self.failures[-1]}", file=sys.stderr)

    def repetition(self):
        for cell in self.cells:
            for peer in cell.peers:
                self.attempt(cell.group, cell.name, peer.key,
                             lambda: measure.served(self.programs, self.pins, cell, peer, self.given.seconds))
        for cell in self.client_cells:
            for client in cell.clients:
                self.attempt("client", cell.name, client.key,
                             lambda: measure.called(self.programs, self.pins, cell, client, self.given.seconds))

    def memory(self):
        peers = [*self.programs.both_of_ours(), *self.programs.grpc("callback")]
        if not self.given.quick:
            peers += self.programs.others()
        connections = 1000 if self.given.quick else 10_000
        for peer in peers:
            self.attempt("memory", "of a server", peer.key, lambda: memory.memory(self.programs, peer, connections))

    def counted(self):
        ours, callback = self.programs.ours(), self.programs.grpc("callback")
        full = [] if self.given.quick else self.programs.grpc("async")
        for peer in [ours, *callback, *full]:
            self.attempt("counted", "1x10 in batches", peer.key, lambda: counted.counted(self.programs, peer, counted.BATCHES))
        for peer in [ours, self.programs.ours("cpp-lite 2 loops", "--loops=2"), *callback, *full]:
            self.attempt("counted", "10x10", peer.key, lambda: counted.counted(self.programs, peer, counted.MANY, instructions=False))
        if not self.given.quick:
            self.attempt("counted", "cache lines that loops share", "cpp-lite 2 loops",
                         lambda: sharing.measure(self.programs, self.programs.ours("", "--loops=2")))

    def once(self):
        for name, measured in (("memory", self.memory), ("counted", self.counted), ("weight", self.weight)):
            if name in self.given.groups and not (self.given.quick and name == "weight"):
                self.say(name)
                measured()

    def weight(self):
        try:
            weight.measure(self.programs, functools.partial(self.attempt, "weight"))
        except (RuntimeError, OSError) as error:
            self.failures.append(f"weight: {error}")

    def say(self, what):
        print(f"{time.monotonic() - self.began:5.0f} s: {what}", file=sys.stderr, flush=True)

    def run(self):
        for number in range(self.given.reps):
            self.say(f"repetition {number + 1} of {self.given.reps}")
            self.repetition()
            self.save()
        self.once()

    def about(self):
        seconds = time.monotonic() - self.began
        return {"date": datetime.date.today().isoformat(), "revision": self.revision, "reps": self.given.reps,
                "seconds": self.given.seconds, "took_s": round(seconds), "used_by_others": round(self.watch.elsewhere(seconds), 3),
                "not_here": [pathlib.Path(program).name for program in self.programs.missing], "failures": self.failures}

    def save(self):
        """Also in between, so that a run that ends early is not lost."""
        given = self.given
        command = "./dev bench " + " ".join(word for word in sys.argv[2:] if not word.startswith(("--peers", "--out")))
        path = pathlib.Path(given.out) if given.out else here / "results" / f"{given.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.results.to_json(machine.describe(), command.strip(), self.about()))
        return path


def main():
    open_many_files()
    bench = Bench(arguments())
    bench.run()
    path = bench.save()
    for table in report.tables(bench.results):
        print(table, end="\n\n")
    print(aims.text(bench.results, whole=bench.given.name == "full"), end="\n\n")
    about = bench.about()
    print(f"On {machine.sentence(machine.describe())}; {bench.given.reps} repetitions, {about['took_s']} s.")
    for program in about["not_here"]:
        print(f"Not here: {program}.")
    for failure in bench.failures:
        print(f"FAILED {failure}")
    if about["used_by_others"] > BUSY:
        print(f"OTHERS USED {about['used_by_others']:.2f} of a processor meanwhile: compare servers with each other, and keep no figure.")
    print(f"written to {os.path.relpath(path)}")
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
