#!/usr/bin/env python3
"""What a TLS handshake costs: handshakes.py BIN_DIR [--reps=5] [--handshakes=3000]

Our server beside OpenSSL's own, `openssl s_server -quiet`: TLS 1.3, AES-128-GCM, X25519, a P-256 certificate and one ticket each, the same
client. Full handshakes, and resumed ones. What counts is the processor time of the server's process from accepting a connection to its
end. Each repetition goes through all four, a new process each; the table has the medians, and the ratio of the repetitions' medians. Exit
code 1: ours costs more than 1.1 times as much, or what should have been resumed was not.
"""
import argparse
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))
from harness.measure import Pins  # noqa: E402
from harness.processes import Failed, Server, pinned, run, skip  # noqa: E402

MOST = 1.1


class OpenSsl:
    """openssl s_server, until the end of the with statement."""

    def __init__(self, folder, cpu):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{self.port}", "-cert", folder / "cert.pem", "-key", folder / "key.pem",
                   "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-alpn", "h2", "-num_tickets", "1"]
        # It reads its standard input while it has a connection: nothing, and not the end either.
        self._process = subprocess.Popen(pinned([str(word) for word in command], cpu), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._wait()

    def _wait(self):
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed("openssl s_server does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "7",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)


def measure(given, folder, pins):
    """Microseconds by (mode, server), a list of one for each repetition."""
    servers = {"cpp_lite": lambda: Server([str(given.bin / "cpp_lite_bench_server"), "--port=0", "--tls"], cpu=pins.server),
               "s_server": lambda: OpenSsl(folder, pins.server)}
    costs = {}
    for _ in range(given.reps):
        for mode in ("full", "resumed"):
            for name, start in servers.items():
                with start() as server:
                    done = run(str(given.bin / "bench_handshakes"), cpu=pins.load, port=server.port, server=server.pid,
                               handshakes=given.handshakes, resume=mode == "resumed")
                costs.setdefault((mode, name), []).append(done["server_us"])
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--handshakes", type=int, default=3000)
    given = parser.parse_args()
    if not shutil.which("openssl"):
        skip("needs the program openssl")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificate(folder)
        costs = measure(given, folder, Pins())
    wrong = False
    print(f"{'':8}  {'cpp_lite':>24}  {'openssl s_server':>24}  ratio   (CPU us of the server for each handshake: median, range)")
    for mode in ("full", "resumed"):
        medians = [statistics.median(costs[mode, server]) for server in ("cpp_lite", "s_server")]
        texts = [f"{median:.1f} ({min(costs[mode, server]):.1f}..{max(costs[mode, server]):.1f})"
                 for median, server in zip(medians, ("cpp_lite", "s_server"))]
        ratio = medians[0] / medians[1]
        wrong |= ratio > MOST
        print(f"{mode:8}  {texts[0]:>24}  {texts[1]:>24}  {ratio:.2f}{'   WRONG: more than ' + str(MOST) if ratio > MOST else ''}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
