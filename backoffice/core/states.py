"""Checking a change of status against an app's table of legal moves."""

from collections.abc import Mapping

from django.utils.translation import gettext

from backoffice.core.errors import IllegalTransition
from backoffice.core.show import in_words

Transitions = Mapping[str, frozenset[str]]


def check_transition(table: Transitions, noun: str, old: str, new: str) -> None:
    """Raise IllegalTransition naming both states unless the table allows old -> new."""
    if new not in table.get(old, frozenset()):
        raise IllegalTransition(
            gettext("This %(noun)s cannot go from %(old)s to %(new)s.")
            % {"noun": gettext(noun), "old": in_words(old), "new": in_words(new)},
            noun=noun,
            old=old,
            new=new,
        )
