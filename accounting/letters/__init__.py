"""Letters of the books to customers and suppliers, each in its reader's language: reminders and statements of account."""

from collections.abc import Mapping
from typing import Any

from accounting.letters.building import Letter, print_letters
from accounting.letters.reminders import reminder
from accounting.letters.statements import statement_letter, statement_question
from accounting.models import Party, PartyMailKind

__all__ = ["Letter", "letter_of", "print_letters", "reminder", "statement_letter", "statement_question"]


def letter_of(kind: str, party: Party, facts: Mapping[str, Any]) -> Letter | None:
    """The letter that a mail carries; None where there is nothing to be said any more."""
    if kind == PartyMailKind.DUNNING:
        return reminder(int(facts["letter"]), only_open=True)
    return statement_letter(statement_question(party, facts), str(facts.get("language", "")))
