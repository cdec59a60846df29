"""What a client weighs: to compile, to link, to load, to start; and how soon a server answers."""
import functools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from .processes import Server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BENCH = ROOT / "bench"


def output(command, **more):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-500:]}")
    return done.stdout


def pkg_config(*arguments):
    return output(["pkg-config", *arguments]).split()


class Workshop:
    """A folder with the generated code of bench/payments.proto, of the whole protobuf runtime or the lite one; compiles it as a user
    does, with -O2."""

    def __init__(self, programs, folder, lite=False):
        self.folder = pathlib.Path(folder) / ("lite" if lite else "full")
        self.folder.mkdir()
        self.compiler = os.environ.get("CXX", "c++")
        self.grpc = None if lite else shutil.which("grpc_cpp_plugin")
        command = ["protoc", f"-I{BENCH}", f"--cpp_out={'lite:' if lite else ''}{self.folder}", f"--cpp-lite_out={self.folder}",
                   "--cpp-lite_opt=no_warn=CL040", f"--plugin=protoc-gen-cpp-lite={programs.bin / 'protoc-gen-cpp-lite'}"]
        if self.grpc:
            command += [f"--grpc_out={self.folder}", f"--plugin=protoc-gen-grpc={self.grpc}"]
        output([*command, BENCH / "payments.proto"])
        self.flags = ["-std=c++20", f"-I{self.folder}", f"-I{ROOT / 'runtime' / 'include'}", f"-I{BENCH}"]
        runtime = programs.bin.parent / "runtime" / "libcpp_lite.a"
        protobuf = "-lprotobuf-lite" if lite else "-lprotobuf"
        self.libraries = [runtime, protobuf, "-lnghttp2", "-lz"]

    def lines(self, header):
        source = f'#include "{header}"\n'
        return output([self.compiler, *self.flags, "-E", "-P", "-x", "c++", "-"], input=source).count("\n")

    def seconds(self, source):
        """Of the compiler's processor time; the median of three."""
        times = []
        for _ in range(3):
            before = os.times()
            output([self.compiler, *self.flags, "-O2", "-c", source, "-o", os.devnull])
            after = os.times()
            times.append(after.children_user + after.children_system - before.children_user - before.children_system)
        return statistics.median(times)

    def including(self, header):
        path = self.folder / f"includes_{header}.cc"
        path.write_text(f'#include "{header}"\n')
        return path

    def link(self, name, main, service, libraries, static):
        """A client that makes one call, stripped; what it does not use is left out."""
        program = self.folder / name
        output([self.compiler, *self.flags, "-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-s", "-pthread",
                *(["-static"] if static else []), main, self.folder / service, self.folder / "payments.pb.cc", "-o", program, *libraries])
        return program


def libraries(program):
    """How many shared libraries it loads beyond libc and libstdc++, and their size in MB."""
    base = ("linux-vdso", "libc.so", "libm.so", "libstdc++", "libgcc_s", "ld-linux")
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout   # fails for what is static
    found = [line.split("=>")[1].split()[0] for line in done.splitlines() if "=>" in line and not line.strip().startswith(base)]
    return len(found), sum(os.path.getsize(os.path.realpath(path)) for path in found) / 1e6


def started_ms(programs, until, *command):
    return json.loads(output([programs.bin / "bench_start", f"--until={until}", *command]))["ms"]


def compiling(shop):
    """Yields (who, values): a client's file, which includes what is generated, and the generated file."""
    bare_lines, bare_seconds = shop.lines("payments.pb.h"), shop.seconds(shop.including("payments.pb.h"))
    messages = shop.seconds(shop.folder / "payments.pb.cc")
    for who, stem in [("cpp-lite", "payments.lite"), *([("grpc++", "payments.grpc.pb")] if shop.grpc else [])]:
        yield who, {"lines_over_pb_h": shop.lines(f"{stem}.h") - bare_lines,
                    "compile_s_over_pb_h": shop.seconds(shop.including(f"{stem}.h")) - bare_seconds,
                    "generated_s_over_pb_cc": shop.seconds(shop.folder / f"{stem}.cc") - messages}


def clients(full, lite):
    """Yields (who, a function that makes the program)."""
    def ours(shop, static):
        main = BENCH / "clients" / "one_shot.cc"
        return shop.link("static" if static else "shared", main, "payments.lite.cc", shop.libraries, static)

    def grpc(static):
        flags = pkg_config(*(["--static"] if static else []), "--libs", "grpc++", "protobuf")
        return full.link(f"grpc_{static}", BENCH / "peers" / "grpc" / "one_shot.cc", "payments.grpc.pb.cc", flags, static)

    for static, how in ((False, ""), (True, ", static")):
        yield f"cpp-lite{how}", functools.partial(ours, full, static)
        yield f"cpp-lite, lite messages{how}", functools.partial(ours, lite, static)
        if full.grpc:
            yield f"grpc++{how}", functools.partial(grpc, static)


def program_values(programs, program, port):
    count, size = libraries(program)
    return {"stripped_mb": program.stat().st_size / 1e6, "shared_libraries": count, "shared_libraries_mb": size,
            "exec_to_reply_ms": started_ms(programs, "answered", program, port),
            "process_ms": started_ms(programs, "exit", program, port)}


def measure(programs, attempt):
    """Calls attempt(cell, who, function)."""
    with tempfile.TemporaryDirectory() as folder:
        full, lite = Workshop(programs, folder), Workshop(programs, folder, lite=True)
        for who, values in compiling(full):
            attempt("compiling a client", who, lambda: values)
        with Server([*programs.ours().command, "--port=0"]) as server:
            for who, make in clients(full, lite):
                attempt("a client that makes one call", who, lambda: program_values(programs, make(), server.port))
    for peer in [*programs.both_of_ours(), *programs.grpc("callback"), *programs.others()]:
        attempt("a server's start", peer.key,
                lambda: {"exec_to_reply_ms": started_ms(programs, "served", *peer.command, "--port=0")})
