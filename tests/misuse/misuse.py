#!/usr/bin/env python3
"""Compiles each case of cases.txt: misuse.py --compiler CXX --protoc PROTOC --work DIR --results FILE [INCLUDE_DIR...]

The headers are precompiled once; a case is then parsed alone (-fsyntax-only). Writes one test case each to FILE, in
GoogleTest's XML, so that they are counted one by one.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from xml.sax.saxutils import quoteattr

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMMON = """#include <cpp_lite/async.h>
#include <cpp_lite/server.h>
#include "payments/v1/payments.lite.h"
using namespace cpp_lite;
using namespace std::chrono_literals;
using payments::v1::PaymentService;
template <typename T> void use(const T&) {}
"""
BODY = """[[maybe_unused]] void body(PaymentService::Client& payments, payments::v1::ChargeRequest request,
    payments::v1::TransactionStreamRequest query, payments::v1::PaymentMessage message) {
  use(message); use(request); use(query); use(payments);
%s}
"""
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable"]


class Case:
    def __init__(self, block, compiler):
        head, *lines = block.strip("\n").split("\n")
        self.kind, self.name = head.split(None, 1)
        self.kind, _, self.only = self.kind.partition(":")
        texts = [re.match(r"-- (?:(g\+\+|clang): )?(.*)", line) for line in lines if line.startswith("-- ")]
        self.texts = [text[2] for text in texts if text[1] in (None, compiler)]
        code = "\n".join(line for line in lines if not line.startswith("-- ")) + "\n"
        self.code = code[len("top: "):] if code.startswith("top: ") else BODY % code

    def fault(self, accepted, output):
        """Why the compiler's answer is not what it should be; None when it is."""
        if self.kind == "accept":
            return None if accepted else f"does not compile:\n{output}"
        if accepted:
            return "compiles"
        if self.kind == "warn" and re.search(r"error: (?!.*\[-W)", output):
            return f"is more than a warning:\n{output}"
        if not self.texts:
            return "says nothing of the message"
        said = self.without_own_code(output)
        missing = [text for text in self.texts if text not in said]
        return f"the message does not hold {missing}:\n{output}" if missing else None

    def without_own_code(self, output):
        """What the compiler says, in plain quotes, without the lines of the case that it shows: any error would show those."""
        own = [line.strip() for line in self.code.split("\n") if line.strip(" }")]
        lines = output.translate(str.maketrans("‘’", "''")).split("\n")
        return "\n".join(line for line in lines if not any(code in line for code in own))


def read_cases(path, compiler):
    text = re.sub(r"(?m)^#.*\n", "", path.read_text())
    cases = [Case(block, compiler) for block in re.split(r"(?m)^== ", text)[1:]]
    return [case for case in cases if case.only in ("", compiler)]


class Compiler:
    def __init__(self, path, work, includes):
        self.command = [path, *FLAGS, *(f"-I{folder}" for folder in includes)]
        self.work = work
        self.is_clang = "clang" in subprocess.run([path, "--version"], capture_output=True, text=True).stdout

    def precompile(self):
        header = self.work / "common.h"
        header.write_text(COMMON)
        target = self.work / ("common.pch" if self.is_clang else "common.h.gch")
        subprocess.run([*self.command, "-x", "c++-header", str(header), "-o", str(target)], check=True)
        self.command += ["-include-pch", str(target)] if self.is_clang else ["-include", str(header)]

    def answer(self, number, case):
        source = self.work / f"case_{number}.cc"
        source.write_text(case.code)
        run = subprocess.run([*self.command, "-fsyntax-only", str(source)], capture_output=True, text=True)
        return run.returncode == 0, run.stderr


def generate_messages(protoc, work):
    imports = [ROOT / "testdata", ROOT / "runtime/proto"]
    files = ["payments/v1/payments.proto", "cpp_lite/options.proto"]
    subprocess.run([protoc, f"--cpp_out={work}", *(f"-I{folder}" for folder in imports), *files], check=True)


def results_xml(cases, faults):
    rows = []
    for case, fault in zip(cases, faults):
        failure = f"<failure message={quoteattr(fault)}/>" if fault else ""
        rows.append(f'<testcase classname="Misuse" name={quoteattr(f"{case.kind}: {case.name}")} status="run">{failure}</testcase>')
    return "<testsuites><testsuite>" + "\n".join(rows) + "</testsuite></testsuites>\n"


def main():
    parser = argparse.ArgumentParser()
    for name in ("compiler", "protoc", "work", "results"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("includes", nargs="*")
    options = parser.parse_args()
    if shutil.which(options.compiler) is None:
        print(f"SKIP: {options.compiler} is not installed")
        return 77
    work = pathlib.Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    generate_messages(options.protoc, work)
    compiler = Compiler(options.compiler, work, [ROOT / "runtime/include", ROOT / "testdata", work, *options.includes])
    started = time.monotonic()
    compiler.precompile()
    cases = read_cases(HERE / "cases.txt", "clang" if compiler.is_clang else "g++")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = list(pool.map(lambda item: item[1].fault(*compiler.answer(*item)), enumerate(cases)))
    results = pathlib.Path(options.results)
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(results_xml(cases, faults))
    for case, fault in zip(cases, faults):
        if fault:
            print(f"FAILED   {case.kind}: {case.name}: {fault}")
    print(f"{len(cases)} cases, {sum(map(bool, faults))} failed, {time.monotonic() - started:.1f} s with {options.compiler}")
    return 1 if any(faults) or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
