#!/usr/bin/env python3
"""Holds the direction of the includes: base <- http <- loop <- {net, offload, worker} <- fetch <- jobs <- api <- main.

Each folder is a library of its own, so a wrong include often does not link; header-only code would pass
unseen, and so would Asio in a folder that must not know it. Both are looked for here.
"""

import os
import re
import sys

import tree

LOWER = ["base", "http", "loop"]
SIBLINGS = ["net", "offload", "worker"]
UPPER = ["fetch", "jobs", "api"]

ALLOWED = {}
for i, name in enumerate(LOWER):
    ALLOWED[name] = set(LOWER[: i + 1])
for name in SIBLINGS:
    ALLOWED[name] = set(LOWER) | {name}
for i, name in enumerate(UPPER):
    ALLOWED[name] = set(LOWER) | set(SIBLINGS) | set(UPPER[: i + 1])

# Whole paths, or path prefixes, below server/ that know no event loop: what runs in a worker, and pure code.
NO_ASIO = ("base/", "http/", "worker/tasks/", "worker/child", "worker/frame", "worker/area", "worker/zygote")
# Headers that may name types of Beast and OpenSSL.
WIRE_HEADERS = ("net/", "api/listener")

ASIO = re.compile(r"boost/(asio|beast)\b")
WIRE = re.compile(r"(boost/beast|boost/asio/ssl|openssl/|nghttp2/)")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


class Layers:
    def __init__(self, root):
        self.root = root
        self.includes = {}
        for path in tree.files(root, ("server", "client"), (".hpp", ".cpp", ".inc", ".h")):
            text = tree.text(root, path)
            self.includes[path] = [
                (text.count("\n", 0, m.start()) + 1, m.group(1), m.group(2)) for m in INCLUDE.finditer(text)
            ]

    def resolve(self, path, name):
        """The project's file that a quoted include means, or None."""
        for base in ("server", "client", "client/include", os.path.dirname(path), "."):
            candidate = os.path.normpath(os.path.join(base, name))
            if candidate in self.includes:
                return candidate
        return None

    def asio_by(self, path, seen):
        """How a file comes by Asio: the chain of includes, or None."""
        seen.add(path)
        for _, kind, name in self.includes[path]:
            if kind == "<" and ASIO.match(name):
                return [path, name]
            target = self.resolve(path, name)
            if target and target not in seen:
                chain = self.asio_by(target, seen)
                if chain:
                    return [path] + chain
        return None

    def problems(self):
        for path, includes in self.includes.items():
            top, _, below = path.partition("/")
            folder = below.partition("/")[0] if "/" in below else ""
            if top == "server" and folder and folder not in ALLOWED:
                yield f"{path}:1: folder server/{folder} has no place in tests/lint/layering.py"
                continue
            for line, kind, name in includes:
                where = f"{path}:{line}:"
                target = self.resolve(path, name)
                if kind == '"' and target is None:
                    yield f'{where} "{name}" is no file of server/ or client/ (a library is included with <>)'
                elif kind == '"' and top == "server":
                    yield from self.judge_server(where, folder, target)
                elif kind == '"':
                    yield from self.judge_client(where, target)
                elif path.endswith(".hpp") and top == "server" and WIRE.match(name):
                    if not below.startswith(WIRE_HEADERS):
                        yield f"{where} <{name}> in a header outside net/ and api/listener"
            if top == "server" and below.startswith(NO_ASIO):
                chain = self.asio_by(path, set())
                if chain:
                    yield f"{path}:1: comes by Asio: {' -> '.join(chain)}"

    @staticmethod
    def judge_server(where, folder, target):
        parts = target.split("/")
        if parts[0] == "client":
            yield f"{where} server/ includes {target}"
        elif folder and len(parts) == 2:
            yield f"{where} {folder} includes {target}, which belongs to main"
        elif folder and parts[1] not in ALLOWED[folder]:
            yield f"{where} {folder} includes {target}; it may only use {', '.join(sorted(ALLOWED[folder]))}"

    @staticmethod
    def judge_client(where, target):
        if not target.startswith(("client/", "server/base/", "server/api/schema")):
            yield f"{where} client includes {target}; it may only use base and api/schema"


if __name__ == "__main__":
    layers = Layers(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
    tree.finish(list(layers.problems()), len(layers.includes))
