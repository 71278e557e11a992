"""Counting what is sent to the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Count:
    """statements: those of the code; transactions add their BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.statements = 0
        self.queries: list[str] = []

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        self.queries.append(str(sql))
        return execute(sql, params, many, context)


@contextmanager
def counted() -> Iterator[Count]:
    count = Count()
    with connection.execute_wrapper(count):
        yield count
