"""Reminders and statements of account for many at once, as jobs with progress and a result for each."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.errors import LetterRefused
from accounting.letters import print_letters, reminder, statement_letter, statement_question
from accounting.models import DunningLetter, Party, PartyMailKind
from accounting.services.dunning import issue_letter
from accounting.services.party_mails import ask_for_mail
from backoffice.core.actor import Actor
from backoffice.core.api.actions import NOBODYS, own_rows
from backoffice.core.registry import BulkAction, BulkField, BulkFile, BulkTarget, RowResult

WAYS = (("mail", gettext_lazy("By e-mail, else to print")), ("print", gettext_lazy("To print")))
SIDES = (("receivable", gettext_lazy("Customers")), ("payable", gettext_lazy("Suppliers")))
PDF_LETTERS = 500  # typst holds all pages in memory


def days_of(params: Mapping[str, str]) -> dict[str, str]:
    """The days of a statement as facts of a mail. Raises LetterRefused (bad_days)."""
    try:
        start, end = (datetime.date.fromisoformat(params[name]) for name in ("start", "end"))
        sane = start <= end
    except ValueError:
        sane = False
    if not sane:
        raise LetterRefused(_("Give the first and the last day of the statement, in this order."), code="bad_days")
    return {"start": start.isoformat(), "end": end.isoformat(), "control": params.get("control") or "receivable"}


def _issue(ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
    results = []
    known = dict(DunningLetter.objects.filter(pk__in=ids).values_list("pk", "status"))
    for pk in ids:
        if known.get(pk) != "proposed":
            results.append(RowResult(pk, "already"))
            continue
        letter = issue_letter(pk, actor=actor, by_mail=params["how"] == "mail")
        dropped = letter.status == "dropped"
        results.append(
            RowResult(
                pk,
                "refused" if dropped else "done",
                letter.dropped,
                _("Nothing is left to remind of.") if dropped else "",
            )
        )
    return results


def _printed(ids: Sequence[int], params: Mapping[str, str]) -> BulkFile:
    rows = DunningLetter.objects.filter(pk__in=ids, status="issued", by_mail=False).order_by("pk")
    letters = [reminder(pk) for pk in rows.values_list("pk", flat=True)[:PDF_LETTERS]]
    found = [letter for letter in letters if letter is not None]
    return BulkFile("reminders.pdf", "application/pdf", [print_letters(found)] if found else [])


def _mail_statements(ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
    facts, results = days_of(params), []
    for party in Party.objects.select_related("person").filter(pk__in=ids):
        key = f"statement:{party.pk}:{facts['control']}:{facts['start']}:{facts['end']}:{params.get('again') or '1'}"
        ask_for_mail(party, PartyMailKind.STATEMENT, facts, key, actor)
        results.append(RowResult(party.pk, "done"))
    return results


def _make_statements(ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
    days_of(params)
    return [RowResult(pk, "done") for pk in ids]


def _statements_file(ids: Sequence[int], params: Mapping[str, str]) -> BulkFile:
    facts = days_of(params)
    rows = Party.objects.select_related("company", "person", "address").filter(pk__in=ids).order_by("code")
    letters = [statement_letter(statement_question(party, facts)) for party in rows[:PDF_LETTERS]]
    return BulkFile("statements.pdf", "application/pdf", [print_letters(letters)] if letters else [])


_DAYS = (
    BulkField("start", gettext_lazy("First day"), max_length=10),
    BulkField("end", gettext_lazy("Last day"), max_length=10),
    BulkField("control", gettext_lazy("Side"), required=False, choices=SIDES),
)


def _parties(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    rows = own_rows(request, Party.objects.order_by("pk"), channel=NOBODYS)
    codes = given.get("code", ())
    return rows.filter(code__in=codes) if codes else rows


BULK = (
    BulkTarget("accounting.party", _parties),
    BulkAction(
        "accounting.issue_reminders", gettext_lazy("Issue reminders"), "accounting.approve_dunningrun",
        "accounting.dunningletter", _issue, batch_size=1, fields=(BulkField("how", gettext_lazy("How"), choices=WAYS),),
        scope="dunning:write", file=_printed,
    ),
    BulkAction(
        "accounting.mail_statements", gettext_lazy("Mail statements of account"), "accounting.add_partymail",
        "accounting.party", _mail_statements, batch_size=1, scope="dunning:write",
        fields=(*_DAYS, BulkField("again", gettext_lazy("Once more (a word of yours)"), required=False, max_length=20)),
    ),
    BulkAction(
        "accounting.print_statements", gettext_lazy("Print statements of account"), "accounting.view_openitem",
        "accounting.party", _make_statements, fields=_DAYS, scope="accounting:read", file=_statements_file,
    ),
)  # fmt: skip
