#!/usr/bin/env python3
"""Fails when a room includes what docs/map.md does not allow it, or has an #if without a reason: include_direction.py [ROOT]

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
    "idempotency": {"policy", "base"},
    "sqlite": {"idempotency", "base"},
    "postgres": {"idempotency", "base"},
    "redis": {"idempotency", "base"},
    "tls": {"h2"},
    "health": set(),
    "reflection": set(),
    "testing": {"client", "server", "io", "h2"},
    "plugin": {"config"},
}
# Where a room may include only some files of another one. cpp_lite: the public headers.
FILES = {
    ("tls", "h2"): {"h2/transport.h", "h2/session.h"},   # the interface of transports, and the side
    ("plugin", "cpp_lite"): {"cpp_lite/method.h", "cpp_lite/keyed.h", "cpp_lite/reserved_keys.h", "cpp_lite/status.h", "cpp_lite/options.pb.h",
                             # and, as text of what it generates:
                             "cpp_lite/generated.h", "cpp_lite/begin_generated.inc", "cpp_lite/end_generated.inc"},
}
GENERATED = re.compile(r"\.(lite|pb)\.h$")
USERS_OF_GENERATED = {"health", "reflection", "plugin"}   # the plugin: cpp_lite/options.pb.h
# Files with conditions for the preprocessor, and why. All others are the same on every platform.
CONDITIONS = {
    "plugin/generator.cc": "versions of libprotoc",
    "plugin/generator.h": "versions of libprotoc",
    "plugin/protocol.cc": "versions of libprotoc",
    "plugin/scopes.cc": "versions of libprotoc",
    "plugin/header.cc": "text of the header that it generates",
    "plugin/main.cc": "runs where protoc does, and on Windows the standard streams are text",
    "runtime/base/block.cc": "glibc's malloc_trim and thread-locals; sanitizers have to see what is freed",
    "runtime/h2/session_nghttp2.h": "versions of nghttp2",
    "runtime/idempotency/system.cc": "which clock goes on while a machine sleeps",
    "runtime/sqlite/system.cc": "what statfs() tells",
    "runtime/include/cpp_lite/asio.h": "Asio without coroutines",
    "runtime/include/cpp_lite/export.h": "how symbols are exported",
    "runtime/include/cpp_lite/begin_generated.inc": "macros of Windows' headers",
    "runtime/include/cpp_lite/end_generated.inc": "macros of Windows' headers",
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
CONDITION = re.compile(r"^\s*#\s*if(n?def)?\b", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    return path.parts[1] if path.parts[0] == "runtime" else path.parts[0]


def faults(path, text):
    room = room_of(path)
    for target in INCLUDE.findall(text):
        other = target.split("/")[0]
        if other in ROOMS and other != room and other not in ROOMS[room]:
            yield f"{path}: {room}/ must not include {target}"
        allowed = FILES.get((room, other))
        if allowed is not None and target not in allowed:
            yield f"{path}: of {other}/ {room}/ includes {', '.join(sorted(allowed))} alone, not {target}"
        if GENERATED.search(target) and room not in USERS_OF_GENERATED:
            yield f"{path}: {room}/ must not include generated code ({target})"
        for header, home in THIRD_PARTY:
            if re.match(header, target) and not re.search(home, str(path)):
                yield f"{path}: {target} has its home elsewhere ({home})"
    if CONDITION.search(text) and path.as_posix() not in CONDITIONS:
        yield f"{path}: has an #if, and no reason for it in CONDITIONS of include_direction.py"


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
