"""Which branches no test took, from what llvm-cov exports, and which of these are explained.

A branch is a condition and one of its two sides, as in "c == ' ' is never true". The parts of && and || count
each by themselves, and so does each case of a switch; "default" is what a switch does for a value it has no
case for. Where a template was compiled for several types, one of them is enough. Code that runs in the compiler
only (constexpr tables), and branches of other projects' macros, are not counted.
"""

import collections
import re

Branch = collections.namedtuple("Branch", "file line condition side")

ENTRY = re.compile(r"(?P<condition>.+?) is never (?P<side>true|false): (?P<why>.+)")


def shown(branch):
    return f"{branch.file}: {branch.line}\n    {branch.condition} is never {branch.side}"


def between(lines, first, begin, last, end):
    """The text of a region: line and column of its first character, and of the one behind its last."""
    if first == last:
        return lines[first - 1][begin - 1:end - 1]
    parts = [lines[first - 1][begin - 1:], *lines[first:last - 1], lines[last - 1][:end - 1]]
    return " ".join(part.strip() for part in parts)


def condition_at(lines, region):
    before = lines[region[0] - 1][:region[1] - 1]
    return "default" if before.endswith("switch (") else between(lines, *region)


def counted(exported):
    """{file: {(region, side): how often}} of all files that llvm-cov knows branches of."""
    times = {}
    for record in exported["data"][0]["files"]:
        sides = times.setdefault(record["filename"], collections.Counter())
        for branch in record["branches"]:
            region = tuple(branch[:4])
            sides[region, "true"] += branch[4]
            sides[region, "false"] += branch[5]
    return times


def never_taken(file, source, sides):
    """The branches of one file that were not taken, in the order of the source."""
    lines = source.split("\n")
    return [Branch(file, lines[region[0] - 1].strip(), condition_at(lines, region), side)
            for region, side in sorted(key for key, times in sides.items() if times == 0)]


def explanations(text):
    """{Branch: how often it is explained} and what is wrong with the text itself.

    One paragraph a branch: "file: line of the source", then "CONDITION is never true|false: why".
    """
    explained, problems = collections.Counter(), []
    text = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", text):
        if not paragraph.strip():
            continue
        head, _, said = paragraph.strip().partition("\n")
        file, _, line = head.partition(": ")
        entry = ENTRY.fullmatch(" ".join(said.split()))
        if not line or not entry:
            problems.append("not an explanation:\n" + paragraph.strip())
            continue
        explained[Branch(file, line.strip(), entry["condition"], entry["side"])] += 1
    return explained, problems


def compare(missed, explained):
    """What has to be said about branches not taken and not explained, and the other way round."""
    missed = collections.Counter(missed)
    return ([f"not covered, not explained: {shown(b)}" for b in (missed - explained).elements()] +
            [f"explained, but it is covered or gone: {shown(b)}" for b in (explained - missed).elements()])
