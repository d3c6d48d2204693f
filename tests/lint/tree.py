"""The project's files, and how the checks of this folder report: shared by all of them."""

import os
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = {".git", "build", "node_modules", "__pycache__", ".cache"}
# Snippets that are wrong on purpose.
FIXTURES = "tests/lint/fixtures"


def files(root, tops=("",), endings=()):
    """Paths relative to root, sorted, below the given top folders (or being one of them)."""
    found = []
    for top in tops:
        start = os.path.join(root, top)
        if os.path.isfile(start):
            found.append(top)
        for folder, folders, names in os.walk(start):
            folders[:] = sorted(f for f in folders if f not in SKIPPED)
            here = os.path.relpath(folder, root)
            if here == FIXTURES:
                folders[:] = []
                continue
            found += [os.path.normpath(os.path.join(here, n)) for n in names]
    return sorted(f for f in set(found) if not endings or f.endswith(tuple(endings)))


def text(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def finish(problems, checked):
    """Prints every problem as path:line: what, and ends the program with 0 only without any."""
    for problem in problems:
        print(problem)
    print(f"{checked} files, {len(problems)} problems")
    # A check that found nothing to look at has not checked anything.
    sys.exit(1 if problems or checked == 0 else 0)
