#!/usr/bin/env python3
"""Our server and client beside those of other runtimes: run.py BIN_DIR [quick] [GROUP...] [--reps=N] [--seconds=S] [--out=FILE]

GROUPs: unary, threads, streams, tls, mixed, loops, client, memory, counted, weight; without one all, in quick a part of them. Each
repetition goes through all cells, each cell through all servers, so that a machine whose speed changes changes it for all. Servers
have a core of their own, the load has another. What is printed are medians (and ranges) of the repetitions.
"""
import argparse
import datetime
import os
import pathlib
import sys
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness import cells, machine, measure, report, weight  # noqa: E402
from harness.processes import Failed  # noqa: E402

BUSY = 0.1   # of one processor, by others: more, and the figures are marked


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
    given.groups = [word for word in given.what if word != "quick"] or [*cells.GROUPS, "client", "memory", "counted", "weight"]
    unknown = set(given.groups) - {*cells.GROUPS, "client", "memory", "counted", "weight"}
    if unknown:
        parser.error(f"unknown: {' '.join(sorted(unknown))}")
    given.seconds = given.seconds or (0.8 if given.quick else 3.0)
    return given


class Bench:
    def __init__(self, given):
        self.given = given
        self.programs = cells.Programs(given.bin, given.peers or given.bin)
        self.pins = measure.Pins()
        self.results = report.Results()
        self.failures = []

    def attempt(self, group, cell, who, what):
        try:
            self.results.add(group, cell, who, what())
        except (Failed, RuntimeError, OSError) as error:
            self.failures.append(f"{group} {cell} {who}: {error}")
            print(f"FAILED {self.failures[-1]}", file=sys.stderr)

    def loaded(self):
        return [cell for name, make in cells.GROUPS.items() if name in self.given.groups
                for cell in make(self.programs) if cell.quick or not self.given.quick]

    def repetition(self):
        for cell in self.loaded():
            for peer in cell.peers:
                self.attempt(cell.group, cell.name, peer.key,
                             lambda: measure.served(self.programs, self.pins, cell, peer, self.given.seconds))
        if "client" in self.given.groups:
            self.clients()

    def clients(self):
        for outstanding in (1, 100):
            alone = self.programs.polling_clients() if outstanding == 1 else []
            for client in [*self.programs.clients(), *alone]:
                if outstanding > 1 and client.key.endswith("sync") and not client.key.endswith("async"):
                    continue   # a thread for each call: nobody's way to have a hundred
                self.attempt("client", f"{outstanding} outstanding", client.key,
                             lambda: measure.called(self.programs, self.pins, client, outstanding, self.given.seconds))

    def once(self):
        peers = [self.programs.ours(), *self.programs.grpc("callback")]
        if "memory" in self.given.groups and not self.given.quick:
            for peer in peers:
                self.attempt("memory", "of a server", peer.key, lambda: measure.memory(self.programs, peer))
        if "counted" in self.given.groups:
            if not self.given.quick:
                peers += self.programs.grpc("async")
            for peer in peers:
                self.attempt("counted", "for each unary call, 1x10", peer.key, lambda: measure.counted(self.programs, peer))
        if "weight" in self.given.groups and not self.given.quick:
            for who, values in weight.measure(self.programs):
                self.results.add("weight", "of a client", who, values)

    def run(self):
        for number in range(self.given.reps):
            print(f"repetition {number + 1} of {self.given.reps}", file=sys.stderr, flush=True)
            self.repetition()
        self.once()


def save(bench, about):
    given = bench.given
    command = "./dev bench " + " ".join(word for word in sys.argv[2:] if not word.startswith(("--peers", "--out")))
    path = pathlib.Path(given.out) if given.out else here / "results" / f"{'quick' if given.quick else 'full'}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bench.results.to_json(about.pop("machine"), command.strip(), about))
    print(f"written to {os.path.relpath(path)}")


def main():
    bench = Bench(arguments())
    watch, began = machine.Watch(), time.monotonic()
    bench.run()
    elsewhere = watch.elsewhere(time.monotonic() - began)
    about = {"machine": machine.describe(), "date": datetime.date.today().isoformat(), "reps": bench.given.reps,
             "seconds": bench.given.seconds, "used_by_others": round(elsewhere, 3), "failures": bench.failures}
    report.print_all(bench.results)
    print(f"On {machine.sentence(about['machine'])}; {bench.given.reps} repetitions, {time.monotonic() - began:.0f} s.")
    for program in bench.programs.missing:
        print(f"Not here: {pathlib.Path(program).name}.")
    if elsewhere > BUSY:
        print(f"OTHERS USED {elsewhere:.2f} of a processor meanwhile: compare servers with each other, and keep no figure.")
    save(bench, about)
    sys.exit(1 if bench.failures else 0)


if __name__ == "__main__":
    main()
