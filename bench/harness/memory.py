"""What a server's memory is: at start, with connections that do nothing, with calls that are open, and when they have left."""
import pathlib
import re
import time

from .processes import Holder, Server


def resident(pid):
    """Bytes of its memory that are in the machine, those that it shares with others included."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Rss: +(\d+) kB", text, re.MULTILINE).group(1)) * 1024


def settled(pid):
    """Memory, once it has not changed for half a second."""
    values = [resident(pid)]
    for _ in range(100):
        time.sleep(0.1)
        values = [*values[-5:], resident(pid)]
        if len(values) == 6 and max(values) - min(values) < 4096:
            break
    return values[-1]


def memory(programs, peer, connections, calls=(20, 99)):
    """At start; for each idle connection and each open call; after the connections are gone."""
    with Server([*peer.command, "--port=0"]) as server:
        result = {"start_mb": settled(server.pid) / 1e6, "connections": connections}
        # Once around first: what is allocated for good is no connection's.
        with Holder(programs.load, port=server.port, connections=10, do="idle"):
            pass
        before = settled(server.pid)
        with Holder(programs.load, port=server.port, connections=connections, do="idle"):
            full = settled(server.pid)
        result["idle_connection_kb"] = (full - before) / connections / 1e3
        result["full_mb"] = full / 1e6
        result["afterwards_mb"] = settled(server.pid) / 1e6
    # A new one, without room that connections have left behind.
    with Server([*peer.command, "--port=0"]) as server:
        result["open_stream_kb"] = open_stream(programs, server, *calls) / 1e3
    return result


def open_stream(programs, server, connections, calls):
    """Bytes of a call whose handler waits for a message, beyond its connection's."""
    with Holder(programs.load, port=server.port, connections=connections, streams=1, do="open", timeout=""):
        one = settled(server.pid)
        with Holder(programs.load, port=server.port, connections=connections, streams=1, do="open", timeout=""):
            each = settled(server.pid) - one   # of so many connections with one call
        with Holder(programs.load, port=server.port, connections=connections, streams=1 + calls, do="open", timeout=""):
            return (settled(server.pid) - one - each) / (connections * calls)
