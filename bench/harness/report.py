"""Results: repetitions of cells, their medians, as tables on the terminal and as a file."""
import json
import statistics


class Results:
    """Rows of (group, cell, who) with the values of each repetition."""

    def __init__(self):
        self.rows = {}

    def add(self, group, cell, who, values):
        self.rows.setdefault((group, cell, who), []).append(values)

    def groups(self):
        return list(dict.fromkeys(key[0] for key in self.rows))

    def cells(self, group):
        return list(dict.fromkeys(key[1] for key in self.rows if key[0] == group))

    def of_cell(self, group, cell):
        return {who: runs for (g, c, who), runs in self.rows.items() if (g, c) == (group, cell)}

    def to_json(self, machine, command, about):
        cells = [{"group": group, "cell": cell, "who": who, "runs": runs} for (group, cell, who), runs in self.rows.items()]
        return json.dumps({"machine": machine, "command": command, **about, "cells": cells}, indent=1) + "\n"

    @staticmethod
    def from_json(text):
        read = json.loads(text)
        results = Results()
        for row in read.pop("cells"):
            results.rows[(row["group"], row["cell"], row["who"])] = row["runs"]
        return results, read


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def spread(runs, name):
    values = [run[name] for run in runs]
    return min(values), max(values)


def short(value):
    """Three figures that count, without an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


# What a table shows: column, value, and whether its range is shown, too.
LATENCIES = [("p50 us", "p50_us", True), ("p99 us", "p99_us", True), ("p99.9 us", "p999_us", False)]
UNARY = [("calls/s", "calls_per_s", False), ("server CPU us", "server_us", True), *LATENCIES, ("load busy", "load_busy", False)]
CLIENT = [("calls/s", "calls_per_s", False), ("client CPU us", "client_us", True), *LATENCIES]
STREAM = [("messages/s", "messages_per_s", False), ("MB/s in", "mb_in_per_s", True), ("MB/s out", "mb_out_per_s", True),
          ("server CPU us each", "server_us", True), ("its most memory, MB", "server_peak_mb", False), ("load busy", "load_busy", False)]
FURTHER = [("of the ideal", "of_ideal", True), ("MB/s beside", "beside_mb_out_per_s", False)]


def columns_of(cell, values):
    """For what was measured in a cell."""
    if "client_us" in values:
        return CLIENT
    if "server_us" not in values:
        return [(name.replace("_", " "), name, False) for name in values]
    return [*(STREAM if "load " in cell else UNARY), *(column for column in FURTHER if column[1] in values)]


def cell_text(runs, name, ranged):
    text = short(median(runs, name))
    if not ranged or len(runs) == 1:
        return text
    low, high = spread(runs, name)
    return f"{text} ({short(low)}-{short(high)})"


def table(results, group, cell):
    """Rows of texts, the heading first. The peers follow ours, with how many times as much CPU they take."""
    of_cell = results.of_cell(group, cell)
    own = next(iter(of_cell.values()))
    columns = columns_of(cell, own[0])
    cost = next((name for _, name, _ in columns if name in ("server_us", "client_us")), None)
    rows = [[f"{group} {cell}", *(title for title, _, _ in columns), *(["times ours"] if cost else [])]]
    for who, runs in of_cell.items():
        row = [who, *(cell_text(runs, name, ranged) if name in runs[0] else "-" for _, name, ranged in columns)]
        if cost and median(own, cost) > 0:
            row.append(f"{median(runs, cost) / median(own, cost):.2f}")
        rows.append(row)
    return rows


def text_of(rows):
    """The first column to the left, the others to the right."""
    widths = [max(len(row[i]) if i < len(row) else 0 for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) if i == 0 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths))).rstrip()
                     for row in rows)


def tables(results):
    """Texts."""
    return [text_of(table(results, group, cell)) for group in results.groups() for cell in results.cells(group)]
