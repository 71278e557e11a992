"""Checking a change of status against an app's table of legal moves."""

from collections.abc import Mapping

from backoffice.core.errors import IllegalTransition

Transitions = Mapping[str, frozenset[str]]


def check_transition(table: Transitions, noun: str, old: str, new: str) -> None:
    """Raise IllegalTransition naming both states unless the table allows old -> new."""
    if new not in table.get(old, frozenset()):
        raise IllegalTransition(f"A {noun} cannot go from {old} to {new}.", noun=noun, old=old, new=new)
