"""The statement of account as a letter: opening, items and payments, closing, what is open by age; by currency."""

import datetime
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from accounting.exporting import FIGURES, shown
from accounting.letters.building import Letter, Table, labels, recipient_of
from accounting.models import Party
from accounting.selectors.items import BUCKETS, open_items
from accounting.selectors.letterheads import letterheads
from accounting.selectors.party_statement import StatementQuestion, party_statement_report
from accounting.selectors.receivables import SIDES, bucket_names
from accounting.statements.spans import Span
from backoffice.core.money import ZERO
from backoffice.core.show import show_number


def statement_question(party: Party, facts: Mapping[str, Any]) -> StatementQuestion:
    """facts: start and end as ISO days, control."""
    span = Span(datetime.date.fromisoformat(facts["start"]), datetime.date.fromisoformat(facts["end"]))
    return StatementQuestion(party.company, party, span, facts.get("control", "receivable"))


def statement_letter(asked: StatementQuestion, language: str = "") -> Letter:
    """language: instead of the party's, or the company's. Statements: 5."""
    company, party = asked.company, asked.party
    spoken = language or party.language or company.language or "en"
    with translation.override(spoken):
        report = party_statement_report(asked)
        # The letter has no room for the kind of a row: its text says it.
        keep = [n for n, column in enumerate(report.columns) if column.key != "kind"]
        columns = [
            (str(report.columns[n].title), "right" if report.columns[n].kind in FIGURES else "left") for n in keep
        ]
        rows = []
        for row in report.rows:
            cells = [shown(value, column) for value, column in zip(row.values, report.columns, strict=True)]
            if row.kind == "row" and not cells[3]:
                cells[3] = cells[2]
            rows.append((row.kind if row.kind in ("heading", "total") else "row", [cells[n] for n in keep]))
        title = gettext("Statement of account")
        head = letterheads([(company.pk, None)])[company.pk, None]
        days = report.subtitle.rpartition(", ")[2]
        body = gettext("Dear {name},\n\nthe statement of your account for {days} is attached.\n\n{company}")
        for word, value in {"{name}": str(party), "{days}": days, "{company}": company.name}.items():
            body = body.replace(word, value)
        return Letter(
            number=f"statement-{party.code}",
            language=spoken,
            head=head,
            recipient=recipient_of(party),
            title=title,
            references=[(gettext("Period"), days), (pgettext("on a document", "Customer"), party.code)],
            paragraphs=[],
            tables=[Table(columns, rows), *_ageing(asked)],
            subject=f"{title}, {' '.join(company.name.split())}",
            body=body,
            labels=labels(),
        )


def _ageing(asked: StatementQuestion) -> list[Table]:
    """What is open at the end of the period by days overdue, a row for each currency."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * (len(BUCKETS) + 1))
    day = asked.span.end
    for item in open_items(company_id=asked.company.pk, as_of=day, party_id=asked.party.pk, control=asked.control):
        late = (day - item.due_date).days
        sums[item.currency][sum(late > limit for limit in BUCKETS)] += SIDES[asked.control] * item.open_amount
    if not sums:
        return []
    title = gettext("Open on %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}
    columns = [(title, "left"), *((name, "right") for name in bucket_names(BUCKETS)), (gettext("Sum"), "right")]
    return [
        Table(
            columns,
            [
                ("row", [currency, *(show_number(part, 2) for part in parts), show_number(sum(parts, ZERO), 2)])
                for currency, parts in sorted(sums.items())
            ],
        )
    ]
