"""What machine this is, and whether it did something else meanwhile."""
import os
import pathlib
import platform
import subprocess


def text_of(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def field(text, name, separator):
    for line in text.splitlines():
        if line.startswith(name):
            return line.split(separator, 1)[1].strip().strip('"')
    return "unknown"


def revision(folder):
    """Of the tree: the last commit, and a + where files differ from it."""
    commit = first_line(["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"])
    changed = first_line(["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no", "--", ":/bench", ":/runtime", ":/plugin",
                          ":(top,exclude)bench/results"])
    return commit + ("+" if changed else "")


def describe(compiler="c++"):
    flags = field(text_of("/proc/cpuinfo"), "flags", ":").split()
    return {
        "processor": field(text_of("/proc/cpuinfo"), "model name", ":"),
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in flags,
        "memory_mb": int(field(text_of("/proc/meminfo"), "MemTotal", ":").split()[0]) // 1024,
        "kernel": platform.release(),
        "system": field(text_of("/etc/os-release"), "PRETTY_NAME", "="),
        "compiler": first_line([compiler, "--version"]),
        "grpc++": first_line(["pkg-config", "--modversion", "grpc++"]),
        "nghttp2": first_line(["pkg-config", "--modversion", "libnghttp2"]),
        "protobuf": first_line(["pkg-config", "--modversion", "protobuf"]),
        "openssl": first_line(["openssl", "version"]),
    }


def sentence(machine):
    kind = "a virtual machine" if machine["virtual"] else "a machine"
    return (f"{kind} with {machine['cores']} cores of {machine['processor']}, {machine['system']}, Linux {machine['kernel']}, "
            f"{machine['compiler']}, grpc++ {machine['grpc++']}, libnghttp2 {machine['nghttp2']}")


class Watch:
    """Processor seconds that neither this script nor what it started used: of others, and stolen by the host."""

    def __init__(self):
        self._busy, self._stolen = self._system()
        self._own = self._ours()

    @staticmethod
    def _system():
        ticks = [int(value) for value in text_of("/proc/stat").splitlines()[0].split()[1:9]]
        user, nice, system, _, _, irq, softirq, steal = ticks
        per_second = os.sysconf("SC_CLK_TCK")
        return (user + nice + system + irq + softirq) / per_second, steal / per_second

    @staticmethod
    def _ours():
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system

    def elsewhere(self, seconds):
        """The part of one processor that others had since this was made."""
        busy, stolen = self._system()
        others = busy - self._busy - (self._ours() - self._own) + stolen - self._stolen
        return max(0.0, others / seconds) if seconds > 0 else 0.0
