#!/usr/bin/env python3
"""Plain rules about files: length, include guard, a comment at the head, and nothing of somebody's own machine."""

import re
import sys

import tree

MAX_LINES = 400
CODE = (".hpp", ".cpp")
TEXT = CODE + (".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".cmake", ".inc", ".html")
TOPS = ("server", "client", "tests", "demo", "docs", "config", "packaging", "cmake", ".ci", "Makefile",
        "Dockerfile", "README.md", "CMakeLists.txt", "CMakePresets.json")

# An absolute path of a home or work folder works on one machine only.
OWN_PATH = re.compile(r"(?<![\w./:-])/(?:work|home|root|Users)/[\w.]")
TAB_OR_SPACE_AT_END = re.compile(r"[ \t]+$", re.M)


def problems(path, text):
    for match in OWN_PATH.finditer(text):
        yield f"{path}:{line_of(text, match.start())}: a path of one machine: {text[match.start():][:24].split()[0]}"
    if not path.endswith(CODE):
        return
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{path}:{MAX_LINES + 1}: {lines} lines; split it by idea (at most {MAX_LINES})"
    for match in TAB_OR_SPACE_AT_END.finditer(text):
        yield f"{path}:{line_of(text, match.start())}: white space at the end of the line"
    if path.endswith(".hpp"):
        if "#pragma once" not in text:
            yield f"{path}:1: no #pragma once"
        if not text.startswith("//"):
            yield f"{path}:1: a header begins with a comment that says what it is for"


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def main(root):
    found = []
    names = [f for f in tree.files(root, TOPS) if f.endswith(TEXT) or "." not in f.rpartition("/")[2]]
    for path in names:
        found += problems(path, tree.text(root, path))
    tree.finish(found, len(names))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
