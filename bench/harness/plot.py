"""Bars as SVG, without a library: plots of a file of results, each with the command that made it and the machine."""
from xml.sax.saxutils import escape

from .machine import sentence
from .report import median, short

WIDTH, BAR, LEFT, RIGHT = 860, 15, 250, 110
COLORS = [("cpp-lite", "#1b6ca8"), ("grpc++ sync", "#f2b5a7"), ("grpc++ callback with hints", "#b5651d"), ("grpc++ callback", "#d1495b"),
          ("grpc++ async", "#edae49"), ("grpc++", "#d1495b"), ("tonic", "#66a182"), ("grpc-go", "#8d6a9f")]


def color_of(who):
    return next((color for name, color in COLORS if who.startswith(name)), "#7a7a7a")


class Drawing:
    """Bars below headings; those below one heading have a scale of their own."""

    def __init__(self, title, caption):
        self.rows, self.title, self.caption = [], title, caption

    def heading(self, text):
        self.rows.append(("heading", text, 0, ""))

    def bar(self, who, value, unit):
        self.rows.append(("bar", who, value, unit))

    def empty(self):
        return not any(kind == "bar" for kind, *_ in self.rows)

    def most_below(self, at):
        most = 0
        for kind, _, value, _ in self.rows[at + 1:]:
            if kind == "heading":
                break
            most = max(most, value)
        return most or 1

    def svg(self):
        lines = self.caption_lines()
        height = 44 + len(self.rows) * (BAR + 4) + 16 * len(lines) + 14
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
               'font-family="sans-serif" font-size="12">', f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
               f'<text x="12" y="24" font-size="15" font-weight="bold">{escape(self.title)}</text>']
        y, most = 40, 1
        for at, (kind, text, value, unit) in enumerate(self.rows):
            if kind == "heading":
                most = self.most_below(at)
                out.append(f'<text x="12" y="{y + BAR - 3}" font-weight="bold">{escape(text)}</text>')
            else:
                out += self.bar_svg(text, value, unit, y, most)
            y += BAR + 4
        for line in lines:
            y += 16
            out.append(f'<text x="12" y="{y}" font-size="10" fill="#555555">{escape(line)}</text>')
        return "\n".join([*out, "</svg>", ""])

    @staticmethod
    def bar_svg(who, value, unit, y, most):
        width = max(1.0, value / most * (WIDTH - LEFT - RIGHT))
        return [f'<text x="{LEFT - 8}" y="{y + BAR - 3}" text-anchor="end">{escape(who)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{color_of(who)}"/>',
                f'<text x="{LEFT + width + 6:.1f}" y="{y + BAR - 3}">{short(value)} {escape(unit)}</text>']

    def caption_lines(self):
        words, lines = self.caption.split(), [""]
        for word in words:
            if len(lines[-1]) + len(word) > 140:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        return lines


def every(group, value, unit, scale=1.0):
    """One value, below a heading for each cell."""
    return lambda results: [(cell, [(group, cell, value, unit, scale)]) for cell in results.cells(group)]


def of(*parts):
    """Parts of (heading, group, cell, value, unit)."""
    return lambda _: [(heading, [(group, cell, value, unit, 1.0)]) for heading, group, cell, value, unit in parts]


def rates(results):
    return [(cell, [("streams", cell, "mb_in_per_s" if cell.startswith("down") else "mb_out_per_s", "MB/s", 1.0)])
            for cell in results.cells("streams")]


ONE_CALL = ("weight", "a client that makes one call")
# File, title, what it shows.
PLOTS = [
    ("throughput", "Unary calls per second: one core for the server, another for the load", every("unary", "calls_per_s", "k/s", 1e-3)),
    ("cpu", "Server CPU for each unary call (connections x calls in flight)", every("unary", "server_us", "us")),
    ("percentiles", "Latency of unary calls, 10x10",
     of(*((name, "unary", "10x10", value, "us") for name, value in (("median", "p50_us"), ("90 %", "p90_us"), ("99 %", "p99_us"),
                                                                   ("99.9 %", "p999_us"))))),
    ("p50", "Unary calls: median latency", every("unary", "p50_us", "us")),
    ("p99", "Unary calls: 99th percentile of latency", every("unary", "p99_us", "us")),
    ("client", "Client CPU for each call", every("client", "client_us", "us")),
    ("client_p50", "Client: median latency", every("client", "p50_us", "us")),
    ("streams", "Streams: server CPU for each message", every("streams", "server_us", "us")),
    ("bytes", "Streams: megabytes per second", rates),
    ("tls", "TLS 1.3, AES-128-GCM: server CPU for each call or message", every("tls", "server_us", "us")),
    ("memory", "Memory of a server", of(("at start", "memory", "of a server", "start_mb", "MB"),
                                        ("idle connection", "memory", "of a server", "idle_connection_kb", "kB"),
                                        ("open stream", "memory", "of a server", "open_stream_kb", "kB"))),
    ("size", "A client that makes one call", of(("the stripped program", *ONE_CALL, "stripped_mb", "MB"),
                                                ("shared libraries beyond libc and libstdc++", *ONE_CALL, "shared_libraries_mb", "MB"),
                                                ("from exec to the end of the process", *ONE_CALL, "process_ms", "ms"))),
    ("compile", "Compiling a client", of(("beyond including the .pb.h", "weight", "compiling a client", "compile_s_over_pb_h", "s"),
                                         ("generated code, beyond the .pb.cc", "weight", "compiling a client", "generated_s_over_pb_cc",
                                          "s")))]


def caption_of(about):
    return (f"{about['command']}, {about['date']}: medians of {about['reps']} interleaved runs on {sentence(about['machine'])}. Bars "
            "below one heading have one scale.")


def plots(results, about):
    """Yields (name of the file, title, SVG)."""
    for name, title, headings in PLOTS:
        drawing = Drawing(title, caption_of(about))
        for heading, values in headings(results):
            drawing.heading(heading)
            for group, cell, value, unit, scale in values:
                for who, runs in results.of_cell(group, cell).items():
                    if value in runs[0]:
                        drawing.bar(who, median(runs, value) * scale, unit)
        if not drawing.empty():
            yield f"{name}.svg", title, drawing.svg()
