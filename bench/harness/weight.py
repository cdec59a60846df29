"""What a client weighs: to compile, to link, to load, to start."""
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

from .processes import Server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def output(command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Workshop:
    """A folder with the generated code of bench/payments.proto, and the flags to compile it."""

    def __init__(self, programs, folder):
        self.folder = pathlib.Path(folder)
        self.compiler = os.environ.get("CXX", "c++")
        plugin = programs.bin / "protoc-gen-cpp-lite"
        command = ["protoc", f"-I{ROOT / 'bench'}", f"--cpp_out={folder}", f"--cpp-lite_out={folder}",
                   "--cpp-lite_opt=no_warn=CL040", f"--plugin=protoc-gen-cpp-lite={plugin}"]
        self.grpc = shutil.which("grpc_cpp_plugin")
        if self.grpc:
            command += [f"--grpc_out={folder}", f"--plugin=protoc-gen-grpc={self.grpc}"]
        output([*command, str(ROOT / "bench" / "payments.proto")])
        self.flags = ["-std=c++20", f"-I{folder}", f"-I{ROOT / 'runtime' / 'include'}"]

    def lines(self, header):
        source = f'#include "{header}"\n'
        return output([self.compiler, *self.flags, "-E", "-P", "-x", "c++", "-"], input=source).count("\n")

    def seconds(self, source):
        """Of the compiler's processor time, -O2; the median of three."""
        times = []
        for _ in range(3):
            before = os.times()
            output([self.compiler, *self.flags, "-O2", "-c", str(source), "-o", os.devnull])
            after = os.times()
            times.append(after.children_user + after.children_system - before.children_user - before.children_system)
        return statistics.median(times)

    def including(self, header):
        path = self.folder / f"includes_{header}.cc"
        path.write_text(f'#include "{header}"\n')
        return path


def libraries(program):
    """How many shared libraries it loads beyond libc and libstdc++, and their size in MB."""
    base = ("linux-vdso", "libc.so", "libm.so", "libstdc++", "libgcc_s", "ld-linux")
    found = [line.split("=>")[1].split()[0] for line in output(["ldd", program]).splitlines()
             if "=>" in line and not line.strip().startswith(base)]
    return len(found), sum(os.path.getsize(os.path.realpath(path)) for path in found) / 1e6


def first_call_ms(program, how, server):
    """From exec to the end of a process that has made two calls; the median of 20."""
    times = []
    for _ in range(20):
        began = time.monotonic()
        output([program, f"--port={server.port}", f"--how={how}", "--calls=1"])
        times.append((time.monotonic() - began) * 1e3)
    return statistics.median(times)


def stripped_mb(program, folder):
    copy = pathlib.Path(folder) / "stripped"
    output(["strip", "-o", str(copy), program])
    return copy.stat().st_size / 1e6


def measure(programs):
    """Yields (who, values)."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Workshop(programs, folder)
        bare_lines, bare_seconds = shop.lines("payments.pb.h"), shop.seconds(shop.including("payments.pb.h"))
        messages = shop.seconds(shop.folder / "payments.pb.cc")
        sides = [("cpp-lite", "payments.lite", programs.bin / "cpp_lite_bench_client", "get")]
        if shop.grpc and (programs.bin / "grpc_bench_client").exists():
            sides.append(("grpc++", "payments.grpc.pb", programs.bin / "grpc_bench_client", "sync"))
        with Server([*programs.ours().command, "--port=0"]) as server:
            for who, stem, program, how in sides:
                count, size = libraries(str(program))
                yield who, {"lines_over_pb_h": shop.lines(f"{stem}.h") - bare_lines,
                            "compile_s_over_pb_h": shop.seconds(shop.including(f"{stem}.h")) - bare_seconds,
                            "generated_s_over_pb_cc": shop.seconds(shop.folder / f"{stem}.cc") - messages,
                            "shared_libraries": count, "shared_libraries_mb": size,
                            "stripped_mb": stripped_mb(str(program), folder),
                            "two_calls_ms": first_call_ms(str(program), how, server)}
