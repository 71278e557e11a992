"""What a bank line may be for, each suggestion with its reasons. Pure: what is known is given."""

from accounting.banking.suggesting.facts import Document, Known, Posted, Rule, Subject, Suggestion, plain, words
from accounting.banking.suggesting.proposing import suggest
from accounting.banking.suggesting.rules import fits

__all__ = ["Document", "Known", "Posted", "Rule", "Subject", "Suggestion", "fits", "plain", "suggest", "words"]
