"""What a mail says: built-in words in three languages, or a company's own. Pure but for the active language."""

import re
from collections.abc import Mapping

from django.utils import translation
from django.utils.translation import gettext

from orders.documents.figures import day, money
from orders.models import DocumentKind
from orders.papers import Paper

PLACEHOLDERS = ("name", "number", "order", "company", "total", "due", "carrier", "tracking", "link")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def built_in(kind: str) -> tuple[str, str]:
    """(subject, body) in the active language; {words} in braces are filled in for each mail."""
    return {
        DocumentKind.QUOTE: (
            gettext("Your quote {number} from {company}"),
            gettext(
                "Hello {name},\n\nour quote over {total} is attached. We look forward to your answer.\n\n{company}"
            ),
        ),
        DocumentKind.ORDER_CONFIRMATION: (
            gettext("Your order {order} at {company}"),
            gettext(
                "Hello {name},\n\nthank you for your order {order} over {total}. Its confirmation is attached.\n\n{company}"
            ),
        ),
        DocumentKind.PACKING_SLIP: (
            gettext("Your order {order} is on its way"),
            gettext(
                "Hello {name},\n\nyour order {order} has left our warehouse. What is in the parcel is attached.\n\n"
                "Carrier: {carrier}\nTracking number: {tracking}\n{link}\n\n{company}"
            ),
        ),
        DocumentKind.INVOICE: (
            gettext("Invoice {number} from {company}"),
            gettext(
                "Hello {name},\n\nthe invoice {number} over {total} is attached.\nOrder: {order}\n"
                "Payable by: {due}\n\n{company}"
            ),
        ),
        DocumentKind.CREDIT_NOTE: (
            gettext("Credit note {number} from {company}"),
            gettext("Hello {name},\n\nthe credit note {number} over {total} is attached.\n\n{company}"),
        ),
        DocumentKind.RETURN_FORM: (
            gettext("Your return {number}"),
            gettext(
                "Hello {name},\n\nthe form for your return {number} is attached: print it and put it into the parcel.\n\n"
                "{company}"
            ),
        ),
        DocumentKind.PURCHASE_ORDER: (
            gettext("Purchase order {number} from {company}"),
            gettext(
                "Hello {name},\n\nour purchase order {number} over {total} is attached. Please confirm it with the day of"
                " delivery.\n\n{company}"
            ),
        ),
    }[DocumentKind(kind)]


def letter(paper: Paper, *, name: str, own: tuple[str, str] | None = None) -> tuple[str, str]:
    """(subject, plain text) of the mail that carries a document, in the document's language.

    name: of the person. own: the company's own (subject, body). A line of which every placeholder is empty is
    left out ("Tracking number: {tracking}" where there is none).
    """
    with translation.override(paper.language):
        subject, body = own or built_in(paper.kind)
        values = _values(paper, name)
    lines = [_filled(line, values) for line in body.splitlines() if _says_something(line, values)]
    return " ".join(_filled(subject, values).split())[:200], "\n".join(lines).strip() + "\n"


def unknown_placeholders(text: str) -> list[str]:
    """Words in braces that nothing is filled in for."""
    return sorted({word for word in _PLACEHOLDER.findall(text) if word not in PLACEHOLDERS})


def _values(paper: Paper, name: str) -> dict[str, str]:
    references = dict(paper.references)
    # A sales channel's money comes through it: nobody is told to transfer it.
    due = paper.terms.due_date if paper.terms and not paper.terms.channel else None
    return {
        "name": name,
        "number": paper.number,
        "order": str(references.get("your_order") or paper.order_number),
        "company": paper.letterhead.name,
        "total": money(paper.sums.total, paper.exponent, paper.currency) if paper.sums else "",
        "due": day(due) if due else "",
        "carrier": str(references.get("carrier", "")),
        "tracking": str(references.get("tracking", "")),
        "link": paper.link if paper.link.startswith(("https://", "http://")) else "",
    }


def _says_something(line: str, values: Mapping[str, str]) -> bool:
    asked = _PLACEHOLDER.findall(line)
    return not asked or any(values.get(word, "{") for word in asked)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Filled in once: what a value holds is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
