"""What each page is for, in one or two sentences: every list of the admin and every page of the menu has its hint.

A key is a model's label (its list) or the name of a page's URL, so that the text holds wherever the page is mounted.
"""

from functools import cache
from typing import Any

from backoffice.dashboard.hints import books, orders, stock, system, warehouse
from backoffice.dashboard.hints.chapters import CHAPTERS

HINTS: dict[str, Any] = orders.HINTS | warehouse.HINTS | stock.HINTS | books.HINTS | system.HINTS


def view_name(key: str) -> str:
    """The URL's name of a hint's page."""
    app, dot, model = key.partition(".")
    return f"admin:{app}_{model}_changelist" if dot else key


def hint_of(name: str) -> Any:
    """What the page of this URL's name is for; empty where nothing is said."""
    return _by_view().get(name, "")


def chapter_of(name: str) -> str:
    """The manual's chapter that tells more of the page of this URL's name; empty where it has no hint."""
    return _chapters().get(name, "")


@cache
def _chapters() -> dict[str, str]:
    return {view_name(key): chapter for key, chapter in CHAPTERS.items()}


@cache
def _by_view() -> dict[str, Any]:
    return {view_name(key): hint for key, hint in HINTS.items()}
