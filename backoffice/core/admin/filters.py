"""Filters of lists that several pages share."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin

from backoffice.core.show import in_words


class WordsFilter(admin.AllValuesFieldListFilter):
    """By the values that a column of codes has, named in the reader's words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice | {"display": in_words(str(choice["display"]))}
