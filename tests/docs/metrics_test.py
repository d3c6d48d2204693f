#!/usr/bin/env python3
"""Holds the table of metrics in docs/operating.md against what a service exports.

    metrics_test.py BIN docs/operating.md
"""

import re
import sys
import urllib.request

import running


def main(folder, document):
    with open(document, encoding="utf-8") as f:
        said = re.findall(r"^\| `((?:fetchd|process)_\w+)` \| (\w+) \|", f.read(), re.M)
    with running.service(folder) as address:
        page = urllib.request.urlopen(f"http://{address}/metrics", timeout=running.PATIENCE).read().decode()
    real = re.findall(r"^# TYPE (\w+) (\w+)$", page, re.M)
    for metric in sorted(set(real) ^ set(said)):
        print(f"{' '.join(metric)}: {'exported, and not in' if metric in real else 'not exported, and in'} {document}")
    print(f"{len(real)} metrics, {len(said)} in the table")
    sys.exit(0 if real and sorted(real) == sorted(said) else 1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
