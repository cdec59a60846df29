#!/usr/bin/env python3
"""Adds up test runs: count_tests.py [--broken WHAT]... BUILD_DIR...

Each BUILD_DIR holds test-results/ctest.xml (ctest --output-junit) and, for every GoogleTest binary, test-results/<ctest
name>.xml. Cases are counted, not binaries; a ctest entry without such a file is one case. A binary that ctest calls failed
although its cases passed (a leak or a race reported at exit, a crash) adds one failure. WHAT names a part that did not
even build. The last line is "N passed, N failed, N skipped"; the exit code is 1 when anything failed or nothing ran.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


def reason_of(text):
    """The reason that a skipped script printed: its line SKIP: reason."""
    found = re.search(r"^SKIP: *(.+)$", text or "", re.MULTILINE)
    return found.group(1).strip() if found else "no reason given"


def gtest_cases(path, where):
    count = Count()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{where}: {case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None:
            count.failed.append(name)
        elif skipped is not None:
            count.skipped.append((name, (skipped.get("message") or "no reason given").split("\n")[-1].strip()))
        elif case.get("status") == "run":
            count.passed += 1
        else:
            count.skipped.append((name, "disabled"))
    return count


def entry_cases(entry, results, where):
    """Counts one ctest entry, by its GoogleTest cases when it has left a file of them."""
    name = f"{where}: {entry.get('name')}"
    bad = entry.get("status") == "fail"
    file = results / f"{entry.get('name')}.xml"
    if file.exists():
        try:
            count = gtest_cases(file, where)
        except ElementTree.ParseError:
            count = Count()
            bad = True
        if bad and not count.failed:
            count.failed.append(f"{name}: the binary failed outside its cases")
        return count
    count = Count()
    if bad:
        count.failed.append(name)
    elif entry.get("status") == "run":
        count.passed = 1
    else:
        count.skipped.append((name, reason_of(entry.findtext("system-out"))))
    return count


def run_cases(build):
    results = pathlib.Path(build) / "test-results"
    where = pathlib.Path(build).name
    count = Count()
    try:
        entries = list(ElementTree.parse(results / "ctest.xml").getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        count.failed.append(f"{where}: no test results ({error})")
        return count
    for entry in entries:
        count.add(entry_cases(entry, results, where))
    return count


def main(arguments):
    total = Count()
    while arguments:
        argument = arguments.pop(0)
        if argument == "--broken":
            total.failed.append(arguments.pop(0))
            continue
        count = run_cases(argument)
        print(f"{argument}: {count}")
        total.add(count)
    for name, reason in total.skipped:
        print(f"skipped  {name}: {reason}")
    for name in total.failed:
        print(f"FAILED   {name}")
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
