"""Which cache lines the loops of a server share on the path of a call: valgrind's lackey writes down each access to memory, and its
scheduler which thread it is of. Counted, not timed: what a machine does with such lines depends on its cores."""
import collections
import os
import pathlib
import re
import tempfile
import threading

from .processes import Server, run

LINE = 64
THREAD = re.compile(r"SCHED\[(\d+)\]")
FIRST, CALLS = 200, 2000   # so many that connections, which are new for each load, are not counted for calls
MAIN = 1     # threads are numbered from here
OFTEN = 40   # of all calls, one in so many


class Accesses:
    """For each cache line, how often each thread reads and writes it."""

    def __init__(self):
        self.reads, self.writes = (collections.defaultdict(collections.Counter) for _ in range(2))
        self.thread = 0
        self.starting = True

    def started(self):
        """What has been until now does not count."""
        self.starting = False

    def take(self, file):
        reads, writes = self.reads[0], self.writes[0]
        starting = True
        for text in file:
            kind = text[:2]
            if kind == " L":
                reads[int(text[3:text.index(",")], 16) // LINE] += 1
            elif kind in (" S", " M"):
                writes[int(text[3:text.index(",")], 16) // LINE] += 1
            elif text.startswith("--") and (found := THREAD.search(text)):
                if starting and not self.starting:
                    starting = False
                    self.reads.clear()
                    self.writes.clear()
                self.thread = int(found.group(1))
                reads, writes = self.reads[self.thread], self.writes[self.thread]

    def shared(self, often):
        """Lines that one loop writes and another writes or reads, each at least so often: {line: {thread: (reads, writes)}}. The first
        thread starts the server and then sleeps."""
        result, loops = {}, [thread for thread in self.writes if thread > MAIN]
        for thread in loops:
            lines = self.writes[thread]
            for line, count in lines.items():
                if count < often or line in result:
                    continue
                users = {other: (self.reads[other][line], self.writes[other][line]) for other in loops
                         if self.reads[other][line] + self.writes[other][line] >= often}
                if set(users) - {thread}:
                    result[line] = users
        return result


def accesses(programs, peer, calls=CALLS):
    """Of a server of `peer` with connections on each of its loops. Yields how many calls it answered, too."""
    with tempfile.TemporaryDirectory() as folder:
        fifo, seen = pathlib.Path(folder) / "trace", Accesses()
        os.mkfifo(fifo)

        def read():
            with open(fifo, encoding="ascii", errors="replace") as file:
                seen.take(file)

        reader = threading.Thread(target=read)
        reader.start()
        with Server(["valgrind", "--tool=lackey", "--trace-mem=yes", "--trace-sched=yes", "--fair-sched=yes", f"--log-file={fifo}",
                     *peer.command, "--port=0"]) as server:
            shape = {"port": server.port, "connections": 8, "streams": 10, "timeout": "100S"}
            run(programs.load, calls=FIRST, **shape)
            seen.started()
            done = run(programs.load, calls=calls, **shape)
        reader.join()
        return done["total_calls"], seen


def measure(programs, peer):
    calls, seen = accesses(programs, peer)
    busy = sum(1 for thread, lines in seen.writes.items() if thread > MAIN and sum(lines.values()) > 1000 * calls / OFTEN)
    return {"calls": calls, "busy_loops": busy, "shared_lines": len(seen.shared(calls / OFTEN))}
