#!/usr/bin/env python3
"""What the harness makes of results, without measuring anything."""
import json
import pathlib
import sys
import tempfile
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
import publish  # noqa: E402
from guard import guard  # noqa: E402
from harness import aims, plot, report, sharing  # noqa: E402

ABOUT = {"date": "2026-01-01", "revision": "abc", "reps": 3, "seconds": 2.0, "took_s": 60, "used_by_others": 0.01, "not_here": [],
         "failures": []}
MACHINE = {"virtual": True, "cores": 2, "processor": "P", "system": "S", "kernel": "K", "compiler": "C", "grpc++": "1", "nghttp2": "2"}


def served(cpu):
    return {"calls_per_s": 1e6 / cpu, "messages_per_s": 1e6 / cpu, "server_us": cpu, "p50_us": cpu, "p99_us": cpu, "p999_us": cpu,
            "load_busy": 0.5, "mb_in_per_s": 1.0, "mb_out_per_s": 1.0, "server_peak_mb": 8.0}


def run_of(ours, theirs):
    results = report.Results()
    for _ in range(3):
        results.add("unary", "10x10", "cpp-lite", served(ours))
        results.add("unary", "10x10", "grpc++ sync", served(theirs + 5))
        results.add("unary", "10x10", "grpc++ callback", served(theirs))
    return results


def verdict(results, what):
    return next(aim.verdict() for aim in aims.aims(results) if what in aim.what)


class Aims(unittest.TestCase):
    BEST = "unary 10x10: server CPU of grpc++'s best API"

    def test_compare_with_the_best_of_grpc(self):
        self.assertEqual(verdict(run_of(2.0, 10.0), self.BEST), "holds")
        self.assertEqual(verdict(run_of(2.1, 10.0), self.BEST), "MISSED")

    def test_of_what_is_not_there_say_so(self):
        self.assertEqual(verdict(run_of(2.0, 10.0), "unary 10x10: server CPU of tonic"), "not measured")

    def test_of_groups_that_were_not_asked_for_are_silent(self):
        self.assertFalse([aim for aim in aims.aims(run_of(2.0, 10.0)) if aim.what.startswith("memory")])


class Tables(unittest.TestCase):
    def test_show_how_much_more_the_others_take(self):
        text, = report.tables(run_of(2.0, 10.0))
        self.assertRegex(text.splitlines()[3], r"^grpc\+\+ callback .* 5\.00$")

    def test_show_medians_and_ranges(self):
        results = report.Results()
        for cpu in (1.0, 2.0, 9.0):
            results.add("unary", "1x1", "cpp-lite", served(cpu))
        self.assertIn("2.00 (1.00-9.00)", report.tables(results)[0])


class Published(unittest.TestCase):
    def test_a_run_stands_between_its_marks_and_can_be_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            docs = pathlib.Path(folder)
            (docs / "performance.md").write_text(f"before\n{publish.BEGIN}\nwhat was there\n{publish.END}\nafter\n")
            (docs / "full.json").write_text(run_of(2.0, 10.0).to_json(MACHINE, "./dev bench", ABOUT))
            for _ in range(2):
                publish.publish(docs / "full.json", docs)
            page = (docs / "performance.md").read_text()
            self.assertTrue(page.startswith("before\n") and page.endswith("after\n"))
            self.assertNotIn("what was there", page)
            self.assertEqual(page.count("performance/cpu.svg"), 1)
            self.assertIn("./dev bench", (docs / "performance" / "cpu.svg").read_text())

    def test_what_was_not_measured_is_not_drawn(self):
        names = [name for name, *_ in plot.plots(run_of(2.0, 10.0), {**ABOUT, "machine": MACHINE, "command": "./dev bench"})]
        self.assertIn("percentiles.svg", names)
        self.assertNotIn("memory.svg", names)


class Sharing(unittest.TestCase):
    def test_is_of_lines_that_one_loop_writes_and_another_uses(self):
        seen = sharing.Accesses()
        seen.take(["--1-- SCHED[1]: acquired lock\n", " S 4000,8\n",
                   "--1-- SCHED[2]: acquired lock\n", " S 1000,8\n", " S 2000,8\n", " L 3000,8\n", "I  1000,8\n",
                   "--1-- SCHED[3]: acquired lock\n", " L 1038,8\n", " S 2040,8\n", " L 3000,8\n", " L 4000,8\n"])
        self.assertEqual(list(seen.shared(1)), [0x1000 // 64])

    def test_does_not_count_how_a_server_starts(self):
        seen = sharing.Accesses()

        def lines():
            yield from ("--1-- SCHED[2]: acquired lock\n", " S 1000,8\n", "--1-- SCHED[3]: acquired lock\n", " S 1000,8\n")
            seen.started()
            yield from ("--1-- SCHED[2]: acquired lock\n", " S 2000,8\n", "--1-- SCHED[3]: acquired lock\n", " S 2000,8\n")

        seen.take(lines())
        self.assertEqual(list(seen.shared(1)), [0x2000 // 64])


class Ceilings(unittest.TestCase):
    def test_are_what_their_decision_says_last(self):
        ceilings = json.loads((here / "guard" / "ceilings.json").read_text())
        decision, = (here.parent / "docs" / "decisions").glob("*-ceilings-of-a-call.md")
        *_, last = (line for line in decision.read_text().splitlines() if line.startswith("| "))
        said = [float(cell.replace(",", "")) for cell in last.strip("| ").split("|")[:6]]
        self.assertEqual(said, [ceilings[side][what] for side in ("server", "client") for what in guard.WHAT])


if __name__ == "__main__":
    unittest.main()
