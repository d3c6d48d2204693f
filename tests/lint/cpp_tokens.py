"""C++ as tokens with their brackets paired, and for each brace what it opens: enough to find expressions."""

import re

TOKEN = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\.)*)
    | (?P<raw>(?:u8|[uUL])?R"(?P<delim>[^()\s\\"]{0,16})\(.*?\)(?P=delim)")
    | (?P<string>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*")
    | (?P<char>(?:u8|[uUL])?'(?:[^'\\\n]|\\.)+')
    | (?P<number>\.?\d(?:['\w.]|[eEpP][+-])*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark>->\*?|::|\+\+|--|&&|\|\||<=>|<=|>=|==|!=|\.\.\.|[-+*/%^&|~!=<>?:;,.(){}\[\]\#])
    | (?P<space>\s+|\\\n)
    | (?P<other>.)
    """,
    re.X | re.S | re.M,
)
PAIRS = {"(": ")", "[": "]", "{": "}"}
CONTROL = {"if", "while", "for", "switch", "catch", "constexpr"}
TYPE_HEADS = {"struct", "class", "union", "enum", "namespace", "concept", "requires"}
BLOCK_BEFORE = {"else", "do", "try", "const", "override", "final", "noexcept", "mutable", ";", "}", ")", ":"}
NO_OPERAND = {"return", "co_return", "co_await", "co_yield", "throw", "case", "in", "delete", "operator"}


class Token:
    __slots__ = ("text", "line", "kind", "mate", "role")

    def __init__(self, text, line, kind):
        self.text, self.line, self.kind = text, line, kind
        self.mate = None  # index of the bracket that belongs to this one
        self.role = None  # of "{": block, lambda or init; of "[": lambda, binding, attribute or subscript


def tokens_of(source):
    tokens, line = [], 1
    for match in TOKEN.finditer(source):
        kind, text = match.lastgroup, match.group()
        if kind == "delim":
            kind = "raw"
        if kind not in ("comment", "directive", "space"):
            kind = "string" if kind in ("raw", "string") else kind
            tokens.append(Token(text, line, kind))
        line += text.count("\n")
    pair(tokens)
    for at, token in enumerate(tokens):
        if token.text == "[" and token.role is None:
            token.role = bracket_role(tokens, at)
    for at, token in enumerate(tokens):
        if token.text == "{":
            token.role = brace_role(tokens, at)
    return tokens


def pair(tokens):
    open_at = []
    for at, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in PAIRS:
            open_at.append(at)
        elif token.text in PAIRS.values():
            # Branches of #if can leave brackets without a mate; what does not fit is left alone.
            while open_at and PAIRS[tokens[open_at[-1]].text] != token.text:
                open_at.pop()
            if open_at:
                token.mate = open_at.pop()
                tokens[token.mate].mate = at


def bracket_role(tokens, at):
    before = tokens[at - 1] if at else None
    if at + 1 < len(tokens) and tokens[at + 1].text == "[":
        tokens[at + 1].role = "attribute"
        return "attribute"
    if before is None:
        return "lambda"
    back = at - 1
    while back >= 0 and tokens[back].text in ("&", "&&", "const"):
        back -= 1
    if back >= 0 and tokens[back].text == "auto":
        return "binding"
    if before.text in ("delete", "operator", ")", "]"):
        return "subscript"
    if before.kind == "word" and before.text not in NO_OPERAND:
        return "subscript"
    return "subscript" if before.kind in ("string", "number") else "lambda"


def follows_lambda(tokens, at):
    """Whether what ends at index at (a parameter list, or the ] itself) belongs to a lambda introducer."""
    if tokens[at].text == ")" and tokens[at].mate is not None:
        at = tokens[at].mate - 1
    if at >= 0 and tokens[at].text == ">":
        depth = 0
        while at >= 0:
            depth += {">": 1, "<": -1}.get(tokens[at].text, 0)
            at -= 1
            if depth == 0:
                break
    return at >= 0 and tokens[at].text == "]" and tokens[at].mate is not None and (
        tokens[tokens[at].mate].role == "lambda")


def brace_role(tokens, at):
    if at == 0:
        return "block"
    end = at - 1
    # A trailing return type stands between the parameters and the body.
    arrow = end
    for _ in range(60):
        if arrow < 1 or tokens[arrow].text in (";", "{", "}", "=", "?", "co_return", "return"):
            break
        if tokens[arrow].text == "->" and tokens[arrow - 1].text in (")", "]", "mutable", "noexcept", "const"):
            end = arrow - 1
            break
        arrow -= 1
    while end > 0 and tokens[end].text in ("mutable", "noexcept", "constexpr"):
        end -= 1
    if follows_lambda(tokens, end):
        return "lambda"
    if end != at - 1 and tokens[at - 1].text not in ("mutable", "noexcept", "constexpr"):
        return "block"  # a function with a trailing return type
    before = tokens[at - 1]
    if before.text == "{":
        return "init" if tokens[at - 1].role == "init" else "block"
    if before.text in BLOCK_BEFORE or before.kind == "string":
        return "block"
    if before.text in ("=", "(", ",", "return", "co_return", "co_yield", "?", "]"):
        return "init"
    return "block" if declares_type(tokens, at) else "init"


def declares_type(tokens, at):
    """struct x : y<z> {   namespace a::b {   enum class e : int {"""
    angle = 0
    back = at - 1
    while back >= 0 and tokens[back].text not in (";", "{", "}", "(", ")", "="):
        text = tokens[back].text
        angle += {">": 1, "<": -1}.get(text, 0)
        if angle == 0 and text in TYPE_HEADS:
            return True
        back -= 1
    return False
