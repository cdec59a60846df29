"""One measurement each: a server under load, and a client against a server."""
import contextlib
import os
import pathlib
import re

from .processes import Beside, Server, run


class Pins:
    """Servers on one core and the load on another; on a machine with one core, nothing is pinned."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.server, self.load = (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def warmup_of(seconds):
    return max(0.3, seconds / 5)


def most_memory(pid):
    """Bytes, at any time of its life."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found.group(1)) * 1024


def served(programs, pins, cell, peer, seconds):
    """A server of `peer` under the load of `cell`."""
    everywhere = cell.group == "loops"
    load_cpu = None if everywhere else pins.load
    flags = ["--tls"] if cell.tls else []
    with Server([*peer.command, "--port=0", *flags], cpu=None if everywhere else pins.server) as server:
        options = {"port": server.port, "seconds": seconds, "warmup": warmup_of(seconds), "tls": cell.tls,
                   "timeout": "100S" if "call" in {**cell.load, **(cell.beside or {})} else "10S"}
        with contextlib.ExitStack() as stack:
            beside = None
            if cell.beside:
                longer = {**options, **cell.beside, "seconds": seconds + 1}
                beside = stack.enter_context(Beside(programs.load, cpu=load_cpu, **longer))
            result = run(programs.load, cpu=load_cpu, **{**options, "server": server.pid, **cell.load})
        result["server_peak_mb"] = most_memory(server.pid) / 1e6
    # Of the processor that it has: near 1, it is the load that was measured.
    result["load_busy"] = result["load_us"] * result["messages_per_s"] / 1e6
    if beside:
        result["beside_mb_out_per_s"] = beside.ended["mb_out_per_s"]
    if cell.ideal:
        result["of_ideal"] = result["calls_per_s"] / cell.ideal
    return result


def called(programs, pins, cell, client, seconds):
    """A client against our server; its CPU, not the server's."""
    program, how, *flags = client.command
    with Server([*programs.ours().command, "--port=0", *cell.server_flags], cpu=pins.server) as server:
        more = dict(flag.removeprefix("--").split("=") for flag in flags)
        return run(program, cpu=pins.load, **more, port=server.port, outstanding=cell.outstanding, how=how, seconds=seconds,
                   warmup=warmup_of(seconds))
