"""Bars as SVG, without a library: plots of a file of results, each with the command that made it and the machine."""
from xml.sax.saxutils import escape

from .machine import sentence
from .report import median

COLORS = ["#1b6ca8", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#7a7a7a", "#2e4057"]
WIDTH, BAR, LEFT, RIGHT = 860, 15, 230, 90


class Drawing:
    def __init__(self, title, unit, caption):
        self.rows, self.title, self.unit, self.caption = [], title, unit, caption
        self.colors = {}

    def heading(self, text):
        self.rows.append(("heading", text, 0))

    def bar(self, who, value):
        self.colors.setdefault(who, COLORS[len(self.colors) % len(COLORS)])
        self.rows.append(("bar", who, value))

    def svg(self):
        most = max((value for kind, _, value in self.rows if kind == "bar"), default=1) or 1
        lines = self.caption_lines()
        height = 44 + len(self.rows) * (BAR + 4) + 16 * len(lines) + 14
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
               'font-family="sans-serif" font-size="12">', f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
               f'<text x="12" y="24" font-size="15" font-weight="bold">{escape(self.title)}</text>']
        y = 40
        for kind, text, value in self.rows:
            out += self.heading_svg(text, y) if kind == "heading" else self.bar_svg(text, value, y, most)
            y += BAR + 4
        for line in lines:
            y += 16
            out.append(f'<text x="12" y="{y}" font-size="10" fill="#555555">{escape(line)}</text>')
        return "\n".join([*out, "</svg>", ""])

    @staticmethod
    def heading_svg(text, y):
        return [f'<text x="12" y="{y + BAR - 3}" font-weight="bold">{escape(text)}</text>']

    def bar_svg(self, who, value, y, most):
        width = max(1.0, value / most * (WIDTH - LEFT - RIGHT))
        label = f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"
        return [f'<text x="{LEFT - 8}" y="{y + BAR - 3}" text-anchor="end">{escape(who)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{self.colors[who]}"/>',
                f'<text x="{LEFT + width + 6:.1f}" y="{y + BAR - 3}">{label} {escape(self.unit)}</text>']

    def caption_lines(self):
        words, lines = self.caption.split(), [""]
        for word in words:
            if len(lines[-1]) + len(word) > 140:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        return lines


# File, title, unit, group, the value, and how it is scaled.
PLOTS = [("throughput", "Unary calls per second, one core for the server", "k/s", "unary", "calls_per_s", 1e-3),
         ("cpu", "Server CPU for each unary call", "us", "unary", "server_us", 1),
         ("p50", "Unary calls: median latency", "us", "unary", "p50_us", 1),
         ("p99", "Unary calls: 99th percentile of latency", "us", "unary", "p99_us", 1),
         ("client", "Client CPU for each call", "us", "client", "client_us", 1),
         ("streams", "Streams: server CPU for each message", "us", "streams", "server_us", 1),
         ("libraries", "Shared libraries of a client, beyond libc and libstdc++", "MB", "weight", "shared_libraries_mb", 1)]


def plots(results, about):
    """Yields (name of the file, SVG)."""
    caption = f"{about['command']}, {about['date']}: medians of {about['reps']} interleaved runs on {sentence(about['machine'])}."
    for name, title, unit, group, value, scale in PLOTS:
        drawing = Drawing(title, unit, caption)
        for cell in results.cells(group):
            drawing.heading(cell)
            for who, runs in results.of_cell(group, cell).items():
                drawing.bar(who, median(runs, value) * scale)
        if drawing.colors:
            yield f"{name}.svg", drawing.svg()
