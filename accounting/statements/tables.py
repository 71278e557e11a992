"""A statement as a table that a page, a file and the API show alike. Pure."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """kind: text, date, money, quantity, percent or number. start, end: the days that its figures count."""

    key: str
    title: Text
    kind: str = "money"
    start: datetime.date | None = None
    end: datetime.date | None = None
    drill: bool = True  # its figures lead to the ledger


@dataclass(frozen=True, slots=True)
class Row:
    """values: one for each column. kind: heading, line, account, row or total.

    key: what a program knows the row by. refs: what the general ledger is asked for to show what a figure is
    made of, such as {"account": "4010"}. links: addresses by column key.
    """

    key: str
    values: Sequence[Any]
    kind: str = "row"
    level: int = 0
    refs: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """name: of its files, without a date. rows may be read once only, while they come from the database."""

    name: str
    title: Text
    subtitle: str
    currency: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    chart: Mapping[str, Any] | None = None
    notes: Sequence[Text] = ()

    def headings(self) -> list[str]:
        return [str(column.title) for column in self.columns]
