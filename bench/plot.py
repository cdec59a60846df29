#!/usr/bin/env python3
"""Plots of a file of results into docs/performance/: plot.py bench/results/full.json [FOLDER]"""
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness.plot import plots  # noqa: E402
from harness.report import Results  # noqa: E402


def main():
    results, about = Results.from_json(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here.parent / "docs" / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in plots(results, about):
        (folder / name).write_text(svg)
        print(folder / name)


if __name__ == "__main__":
    main()
