#!/usr/bin/env python3
"""Puts a run into the documents: publish.py [bench/results/full.json] [DOCS_FOLDER]

Draws docs/performance/*.svg, writes all tables to docs/performance/results.md, and what the run says to our aims, with the plots,
between the two marks in docs/performance.md.
"""
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness import aims, report  # noqa: E402
from harness.machine import sentence  # noqa: E402
from harness.plot import plots  # noqa: E402

BEGIN, END = "<!-- A run, written by ./dev bench publish -->", "<!-- The end of that run -->"


def made_by(about):
    peers = f" Not installed: {', '.join(about['not_here'])}." if about["not_here"] else ""
    return (f"`{about['command']}` at {about['revision']}, {about['date']}, on {sentence(about['machine'])}. Medians of {about['reps']} "
            f"interleaved repetitions of {about['seconds']} s; {about['took_s'] / 60:.0f} minutes; others used "
            f"{about['used_by_others']:.2f} of a processor meanwhile.{peers}")


def aims_table(results):
    heading, *rows = aims.rows(results)
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def section(results, about, drawn):
    failures = "".join(f"\nFailed: {failure}\n" for failure in about["failures"])
    images = "\n\n".join(f"![{title}](performance/{name})" for name, title in drawn)
    return (f"{BEGIN}\n{made_by(about)}\nAll tables: [performance/results.md](performance/results.md).\n{failures}\n"
            f"{aims_table(results)}\n\n{images}\n{END}")


def tables(results, about):
    blocks = "\n\n".join(f"```\n{table}\n```" for table in report.tables(results))
    return f"# A run of all cells\n\n{made_by(about)}\nRanges of the repetitions in parentheses.\n\n{blocks}\n"


def publish(source, docs):
    results, about = report.Results.from_json(source.read_text())
    folder = docs / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, title, svg in plots(results, about):
        (folder / name).write_text(svg)
        drawn.append((name, title))
    (folder / "results.md").write_text(tables(results, about))
    page = docs / "performance.md"
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + section(results, about, drawn) + rest.split(END)[1])
    return len(drawn)


def main():
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "results" / "full.json"
    docs = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here.parent / "docs"
    print(f"{docs}: {publish(source, docs)} plots")


if __name__ == "__main__":
    main()
