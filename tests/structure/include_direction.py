#!/usr/bin/env python3
"""Fails when a room includes what docs/map.md does not allow it: include_direction.py [ROOT]

Rooms of runtime/ are included as "room/file.h", public headers as <cpp_lite/...>. Third-party headers have one home each.
"""
import pathlib
import re
import sys

# What each room may include of the others; every room may include itself and the public headers.
ROOMS = {
    "include": set(),
    "base": set(),
    "config": set(),
    "wire": set(),
    "h2": set(),
    "io": {"h2", "base"},
    "policy": {"config", "base"},
    "client": {"policy", "config", "h2", "io", "wire", "base"},
    "server": {"policy", "h2", "io", "wire", "base"},
    "idempotency": {"policy", "base", "wire"},
    "sqlite": {"idempotency", "base"},
    "postgres": {"idempotency", "base"},
    "redis": {"idempotency", "base"},
    "tls": {"h2"},
    "health": set(),
    "reflection": set(),
    "testing": {"client", "server", "io", "h2"},
    "plugin": {"config"},
}
# Who may include a third-party header, as patterns of paths below the root.
THIRD_PARTY = [
    (r"nghttp2/", r"runtime/h2/session\w*\.(h|cc)$"),
    (r"asio(\.hpp|/)", r"runtime/io/|runtime/include/cpp_lite/asio\.h$"),
    (r"nlohmann/", r"runtime/config/json\.cc$"),
    (r"openssl/", r"runtime/tls/|runtime/idempotency/(sha256|random)\.cc$"),
    (r"sqlite3\.h", r"runtime/sqlite/"),
    (r"libpq-fe\.h", r"runtime/postgres/"),
    (r"hiredis/", r"runtime/redis/"),
    (r"(zlib|zconf)\.h", r"runtime/wire/compress\.(h|cc)$"),
    (r"google/protobuf/compiler/", r"plugin/"),
    (r"google/protobuf/", r"^(?!runtime/include/)"),   # public headers forward-declare MessageLite
    (r"(sys|netinet|arpa|net)/|unistd\.h|fcntl\.h|netdb\.h|poll\.h",
     r"runtime/io/|runtime/sqlite/system\.cc$|runtime/postgres/connection\.cc$|runtime/idempotency/(owner|system)\.cc$|"
     r"plugin/main\.cc$"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    return path.parts[1] if path.parts[0] == "runtime" else path.parts[0]


def faults(path, text):
    room = room_of(path)
    for target in INCLUDE.findall(text):
        other = target.split("/")[0]
        if other in ROOMS and other != room and other not in ROOMS[room]:
            yield f"{path}: {room}/ must not include {target}"
        for header, home in THIRD_PARTY:
            if re.match(header, target) and not re.search(home, str(path)):
                yield f"{path}: {target} has its home elsewhere ({home})"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = []
    for folder in ("runtime", "plugin"):
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root)
            if file.suffix in (".h", ".cc", ".inc") and room_of(path) in ROOMS:
                found += faults(path, file.read_text())
    print("\n".join(found) or "every include points the right way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
