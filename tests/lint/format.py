#!/usr/bin/env python3
"""clang-format, always version 14: another version formats differently. Ends with 77 (skipped) without it."""

import os
import re
import shutil
import subprocess
import sys

import tree

VERSION = "14"


def clang_format():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return path
    return None


def main(root, fix):
    tool = clang_format()
    if not tool:
        print(f"no clang-format {VERSION} here")
        sys.exit(77)
    names = tree.files(root, ("server", "client", "tests", "demo"), (".hpp", ".cpp"))
    how = ["-i"] if fix else ["--dry-run", "-Werror"]
    paths = [os.path.join(root, n) for n in names]
    wrong = subprocess.run([tool, "--style=file", "--ferror-limit=3", *how, *paths], check=False).returncode
    print(f"{len(names)} files{'' if wrong == 0 else '; `make format` puts them right'}")
    sys.exit(1 if wrong or not names else 0)


if __name__ == "__main__":
    main(tree.ROOT, "--fix" in sys.argv[1:])
