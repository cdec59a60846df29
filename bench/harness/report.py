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


# What a table of each group shows: column, value, and whether its range is shown, too.
UNARY = [("calls/s", "calls_per_s", False), ("server CPU us", "server_us", True), ("p50 us", "p50_us", False),
         ("p99 us", "p99_us", True), ("p99.9 us", "p999_us", False), ("load CPU us", "load_us", False)]
CLIENT = [("calls/s", "calls_per_s", False), ("client CPU us", "client_us", True), ("p50 us", "p50_us", True),
          ("p99 us", "p99_us", False)]
STREAM = [("messages/s", "messages_per_s", False), ("MB/s in", "mb_in_per_s", True), ("MB/s out", "mb_out_per_s", True),
          ("server CPU us each", "server_us", True)]
COLUMNS = {"streams": STREAM, "client": CLIENT}


def columns_of(group, runs):
    if group in COLUMNS:
        return COLUMNS[group]
    return UNARY if "server_us" in runs[0] else [(name.replace("_", " "), name, False) for name in runs[0]]


def cell_text(runs, name, ranged):
    text = short(median(runs, name))
    if not ranged or len(runs) == 1:
        return text
    low, high = spread(runs, name)
    return f"{text} ({short(low)}-{short(high)})"


def table(results, group, cell):
    """Rows of texts, the heading first. The peers follow ours, with how many times as much CPU they take."""
    of_cell = results.of_cell(group, cell)
    columns = columns_of(group, next(iter(of_cell.values())))
    if "MB/s" in cell:
        columns = STREAM
    cost = next((name for _, name, _ in columns if name in ("server_us", "client_us")), None)
    rows = [[f"{group} {cell}", *(title for title, _, _ in columns), *(["times ours"] if cost else [])]]
    own = next(iter(of_cell.values()))
    for who, runs in of_cell.items():
        row = [who, *(cell_text(runs, name, ranged) for _, name, ranged in columns)]
        if cost and median(own, cost) > 0:
            row.append(f"{median(runs, cost) / median(own, cost):.2f}")
        rows.append(row)
    return rows


def print_table(rows):
    widths = [max(len(row[i]) if i < len(row) else 0 for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) if i == 0 else text.rjust(width) for i, (text, width) in enumerate(zip(row, widths))))
    print(flush=True)


def print_all(results):
    for group in results.groups():
        for cell in results.cells(group):
            print_table(table(results, group, cell))
