#!/usr/bin/env python3
"""Runs what the documents tell people to type, and holds the answers against the ones printed there.

    commands_test.py BIN README.md docs/api.md ...

A block fenced as ```console holds commands behind "$ " (a line that ends in a backslash goes on in the next),
each followed by what it prints. "..." stands for any text, on a line of its own for any number of lines.
The documents say 127.0.0.1:8484 for the service and 127.0.0.1:8485 for the sample site; here both run on free
ports. A block fenced as ```sh is not run, but what it asks make for must be in the Makefile. Links to files of the
project must lead somewhere.
"""

import os
import re
import subprocess
import sys
import tempfile

import running

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
PLAIN_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def steps(block):
    """Pairs of command and expected output."""
    found = []
    for line in block.splitlines():
        if found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] += "\n" + line
        elif line.startswith("$ "):
            found.append([line[2:], []])
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"a block does not begin with a command: {line}")
    return [(command, "\n".join(output)) for command, output in found]


def pattern(expected):
    """What is printed there as a regular expression."""
    parts = []
    for line in expected.split("\n"):
        if line.strip() == "...":
            parts.append("(?:.*\n)*")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.split("...")) + "\n")
    return "".join(parts)


def tidy(text):
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n".join(lines) + "\n"


def swap(text, pairs):
    """Each of the first in a pair by its second, all at once."""
    table = dict(pairs)
    return re.sub("|".join(re.escape(k) + r"(?!\d)" for k in table), lambda m: table[m.group(0)], text)


def run(command, folder, bin_folder, service):
    environment = running.environment(PATH=f"{bin_folder}:/usr/local/bin:/usr/bin:/bin", FETCHD_URL=f"http://{service}")
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=running.PATIENCE)
    return done.stdout.decode(errors="replace")


def dead_ends(name, text):
    for target in LINK.findall(text):
        if not os.path.exists(os.path.join(os.path.dirname(name), target)):
            yield f"{name}: the link to {target} leads nowhere"
    with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as f:
        targets = {t for line in re.findall(r"^([a-z -]+):", f.read(), re.M) for t in line.split()}
    for block in PLAIN_BLOCK.findall(text):
        for target in re.findall(r"^make ([a-z-]+)", block, re.M):
            if target not in targets:
                yield f"{name}: the Makefile has no {target}"


def main(bin_folder, documents):
    ran, wrong = 0, 0
    with running.sample_site(bin_folder) as site, running.service(bin_folder) as service, \
            tempfile.TemporaryDirectory(prefix="fetchd-docs.") as folder:
        there = [("127.0.0.1:8484", service), ("127.0.0.1:8485", site)]
        back = [(real, said) for said, real in there]
        for name in documents:
            with open(name, encoding="utf-8") as f:
                text = f.read()
            for problem in dead_ends(name, text):
                print(problem)
                wrong += 1
            blocks = BLOCK.findall(text)
            for command, expected in (step for block in blocks for step in steps(block)):
                got = tidy(swap(run(swap(command, there), folder, bin_folder, service), back).replace("\r", ""))
                ran += 1
                if not re.fullmatch(pattern(tidy(expected).rstrip("\n")), got):
                    wrong += 1
                    print(f"{name}: $ {command}\n--- the document says\n{expected}\n--- it prints\n{got}")
    print(f"{ran} commands, {wrong} wrong")
    sys.exit(1 if wrong or ran == 0 else 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
