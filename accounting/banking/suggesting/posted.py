"""What the books have already of a bank line: an entry, or the other side of a transfer."""

from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounting.banking.suggesting.facts import Known, Subject, Suggestion, plain, words

NEAR_DAYS = 5


def of_posted(line: Subject, known: Known) -> Iterator[Suggestion]:
    text = plain(f"{line.text} {line.name}")
    near = [entry for entry in known.posted_by_amount.get(line.amount, ()) if abs((entry.date - line.date).days) <= 30]
    for entry in sorted(near, key=lambda one: abs((one.date - line.date).days))[:3]:
        named = len(plain(entry.reference)) > 3 and plain(entry.reference) in text
        same = words(entry.party) & words(line.name)
        days = abs((entry.date - line.date).days)
        reasons = [
            _("posted before with this amount (%(date)s)") % {"date": date_format(entry.date, "SHORT_DATE_FORMAT")}
        ]
        if named:
            reasons.append(_("the text names its reference"))
        if same:
            reasons.append(_("the name is theirs"))
        score = 98 if named else 86 if same else 74 if days <= NEAR_DAYS else 50
        yield Suggestion("entry", score, tuple(reasons), target_id=entry.entry_id, certain=named and len(near) == 1)


def of_transfers(line: Subject, known: Known) -> Iterator[Suggestion]:
    own = known.own_accounts.get(plain(line.counterparty)) if line.counterparty else None
    if own is not None and own != line.bank_account_id:
        yield Suggestion("transfer", 94, (_("the other side is an account of ours"),), target_id=own, certain=True)
        return
    for other in known.transfers_by_amount.get(-line.amount, ())[:3]:
        if abs((other.date - line.date).days) <= NEAR_DAYS:
            reasons = (_("the same amount on another account of ours, the other way"),)
            yield Suggestion("transfer", 60, reasons, target_id=other.bank_account_id)
