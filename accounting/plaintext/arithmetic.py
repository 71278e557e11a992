"""Numbers as both formats write them: digits with separators, and beancount's sums in brackets."""

import re
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext

_TOKEN = re.compile(r"\s*(\d[\d,]*(?:\.\d*)?|\.\d+|[-+*/()])")
MAX_DIGITS = 40


def evaluate(text: str) -> Decimal:
    """A number or a sum of numbers with + - * / and brackets. ValueError for anything else."""
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or len(tokens) > 200:
            raise ValueError(text)
        tokens.append(found[1])
        position = found.end()
    if not tokens:
        raise ValueError(text)
    if len(tokens) == 1 and tokens[0][0].isdecimal():
        return _number(tokens[0])
    with localcontext() as context:
        context.prec = MAX_DIGITS
        try:
            value = _Reader(tokens).whole()
        except (DivisionByZero, InvalidOperation):
            raise ValueError(text) from None
    return value


def _number(token: str) -> Decimal:
    if len(token) > MAX_DIGITS:
        raise ValueError(token)
    return Decimal(token.replace(",", ""))


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Decimal:
        value = self.sum()
        if self.at != len(self.tokens):
            raise ValueError("".join(self.tokens))
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        if self.at > len(self.tokens):
            raise ValueError("".join(self.tokens))
        return self.tokens[self.at - 1]

    def sum(self) -> Decimal:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Decimal:
        value = self.factor()
        while self.peek() in ("*", "/"):
            value = value * self.factor() if self.take() == "*" else value / self.factor()
        return value

    def factor(self) -> Decimal:
        token = self.take()
        if token in ("-", "+"):
            return -self.factor() if token == "-" else self.factor()
        if token == "(":
            self.depth += 1
            if self.depth > 50:
                raise ValueError("nested too deeply")
            value = self.sum()
            if self.take() != ")":
                raise ValueError("a bracket is not closed")
            return value
        if token in ")*/":
            raise ValueError(token)
        return _number(token)
