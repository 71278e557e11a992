"""The reminder: what is overdue, with fee and interest, in words of its level."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from accounting.letters.building import Letter, Table, labels, recipient_of
from accounting.models import DunningLetter, DunningLetterItem, DunningText
from accounting.selectors.letterheads import letterheads
from backoffice.core.money import ZERO
from backoffice.core.show import show_number


def reminder(letter_id: int, *, only_open: bool = False) -> Letter | None:
    """A letter as issued, or as proposed. only_open: None if nothing of it is owed any more. Statements: 5."""
    rows = DunningLetter.objects.select_related("run__company", "party__person", "party__address", "level__plan")
    letter = rows.get(pk=letter_id)
    items = list(
        letter.items.select_related("open_item__invoice").order_by("open_item__due_date", "pk")
        if letter.status == "proposed"
        else letter.items.filter(issued=True).select_related("open_item__invoice").order_by("open_item__due_date", "pk")
    )
    if only_open and not any(item.open_item.open_amount for item in items):
        return None
    company = letter.run.company
    own = DunningText.objects.filter(
        plan=letter.level.plan, level=letter.level.number, language=letter.language
    ).first()
    with translation.override(letter.language):
        charges = letter.fee + letter.interest if letter.level.plan.post_charges else ZERO
        total = letter.amount + charges
        subject, body = (own.subject, own.body) if own else _built_in(letter.level.number)
        filled = {
            "{name}": str(letter.party),
            "{amount}": _money(total, letter.currency),
            "{company}": company.name,
            "{day}": date_format(letter.run.date, "SHORT_DATE_FORMAT"),
        }
        for word, value in filled.items():
            subject, body = subject.replace(word, value), body.replace(word, value)
        head = letterheads([(company.pk, None)])[company.pk, None]
        return Letter(
            number=letter.number,
            language=letter.language,
            head=head,
            recipient=recipient_of(letter.party),
            title=subject,
            references=[
                (gettext("Number"), letter.number),
                (gettext("Date"), filled["{day}"]),
                (gettext("Customer"), letter.party.code),
            ],
            paragraphs=body.split("\n\n"),
            tables=[_table(letter, items, charges)],
            subject=" ".join(subject.split()),
            body=body,
            labels=labels(),
        )


def _table(letter: DunningLetter, items: Sequence[DunningLetterItem], charges: Decimal) -> Table:
    def money(amount: Decimal) -> str:
        return _money(amount, letter.currency)

    rows = []
    for item in items:
        open_item = item.open_item
        invoice = getattr(open_item, "invoice", None)
        rows.append(
            (
                "row",
                (
                    date_format(open_item.date, "SHORT_DATE_FORMAT"),
                    invoice.number if invoice else gettext("Reminder fee and interest"),
                    date_format(open_item.due_date, "SHORT_DATE_FORMAT"),
                    str(item.overdue_days),
                    money(item.open_amount),
                ),
            )
        )
    if charges:
        if letter.fee:
            rows.append(("row", ("", gettext("Reminder fee"), "", "", money(letter.fee))))
        if letter.interest:
            rows.append(("row", ("", gettext("Interest on arrears"), "", "", money(letter.interest))))
    rows.append(("total", ("", gettext("Sum"), "", "", money(letter.amount + charges))))
    columns = [
        (gettext("Date"), "left"), (gettext("Document"), "left"), (gettext("Due"), "left"),
        (gettext("Days overdue"), "right"), (gettext("Open"), "right"),
    ]  # fmt: skip
    return Table(columns, rows)


def _money(amount: Decimal, currency: str) -> str:
    exponent = amount.normalize().as_tuple().exponent
    return f"{show_number(amount, max(2, -int(exponent)))} {currency}"


def _built_in(level: int) -> tuple[str, str]:
    """(subject, body) in the active language: kind at first, plain later."""
    if level <= 1:
        return gettext("Payment reminder"), gettext(
            "Dear {name},\n\nit may have escaped you that the items below are due. Please pay {amount}.\n\nIf your payment is"
            " under way, please disregard this letter.\n\n{company}"
        )
    if level == 2:
        return gettext("Second reminder"), gettext(
            "Dear {name},\n\nin spite of our reminder the items below are still open. Please pay {amount} within seven"
            " days.\n\n{company}"
        )
    return gettext("Final notice"), gettext(
        "Dear {name},\n\nthe items below are long overdue. If {amount} is not received within seven days, we shall hand the"
        " matter over for collection.\n\n{company}"
    )
