#!/usr/bin/env python3
"""Finds full expressions with co_await that g++ 12 miscompiles: a temporary is freed twice or used after its end.

In one full expression with co_await there must be no
  braces    an aggregate or a list in braces: f(options{.name = n}), f({1, 2}), also empty: f(options{}).
            Braces that call a constructor are compiled right, but the text does not show which they are
  lambda    a lambda literal that captures
  ternary   ?:
  throw     throw of what contains co_await
Name it on the line above instead. Bodies of lambdas are looked at by themselves.
"""

import sys

import cpp_tokens
import tree

SAY = {
    "braces": "braces in one expression with co_await; name the value on the line above",
    "lambda": "a capturing lambda in one expression with co_await; name it on the line above",
    "ternary": "?: in one expression with co_await; decide on the line above",
    "throw": "throw of an expression with co_await; name the value on the line above",
}


def left_end(tokens, at):
    """First token of the full expression (or the declaration around it) that token at is part of."""
    while at > 0:
        token = tokens[at - 1]
        if token.text == ";" or token.text in ("else", "do"):
            return at
        if token.text in (")", "]", "}") and token.mate is not None:
            start = tokens[token.mate]
            if token.text == "}" and start.role == "block":
                return at
            if token.text == ")" and token.mate and tokens[token.mate - 1].text in cpp_tokens.CONTROL:
                return at
            at = token.mate
        elif token.text == "{" and token.role != "init":
            return at
        elif token.text == "(" and at > 1 and tokens[at - 2].text in cpp_tokens.CONTROL:
            return at
        else:
            at -= 1
    return 0


def right_end(tokens, start, at):
    """One past the last token of the expression that begins at start and contains token at."""
    opened = tokens[start - 1].mate if start and tokens[start - 1].text in ("(", "{") else None
    while at < len(tokens):
        token = tokens[at]
        if token.text == ";" or at == opened or (token.text == "{" and token.role == "block"):
            return at
        if token.text in cpp_tokens.PAIRS and token.mate is not None:
            at = token.mate + 1
        else:
            at += 1
    return len(tokens)


def faults_between(tokens, start, end):
    at = start
    while at < end:
        token = tokens[at]
        if token.text == "{" and token.role in ("lambda", "block") and token.mate is not None:
            at = token.mate  # another context: its own expressions are judged there
        elif token.text == "{":
            yield "braces", token.line
        elif token.text == "[" and token.role == "lambda" and token.mate != at + 1:
            yield "lambda", token.line
        elif token.text == "?":
            yield "ternary", token.line
        elif token.text == "throw":
            yield "throw", token.line
        at += 1


def faults(source):
    """Set of (line, rule)."""
    tokens = cpp_tokens.tokens_of(source)
    found = set()
    for at, token in enumerate(tokens):
        if token.text == "co_await" and token.kind == "word":
            start = left_end(tokens, at)
            for rule, line in faults_between(tokens, start, right_end(tokens, start, at)):
                found.add((line, rule))
    return found


def main(root):
    problems = []
    names = tree.files(root, ("server", "client", "tests"), (".hpp", ".cpp"))
    for path in names:
        for line, rule in sorted(faults(tree.text(root, path))):
            problems.append(f"{path}:{line}: {rule}: {SAY[rule]}")
    tree.finish(problems, len(names))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
