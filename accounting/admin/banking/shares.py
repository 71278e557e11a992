"""What a person typed for a bank line, as a match."""

from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext

from accounting.models import AccountRole, BankLine, Party
from accounting.services.banking import ItemShare, MatchRequest, PartyShare, PostShare, TransferShare
from backoffice.core.admin.pages import posted_quantity
from backoffice.core.errors import InvalidInput
from backoffice.core.money import ZERO


def posted_match(request: HttpRequest, line: BankLine) -> MatchRequest:
    """Documents ticked with their amounts, an account, a party or an own account that takes what is left.

    Amounts are typed without sign; an empty one is all that is left of the line. Raises InvalidInput.
    """
    sign = 1 if line.amount > 0 else -1
    left = abs(line.amount - line.matched)
    items = []
    for field, value in request.POST.items():
        if field.startswith("item-") and field[5:].isdecimal() and str(value).strip():
            typed = f"line-{field}"
            money = posted_quantity(request, typed, gettext("Amount")) if request.POST.get(typed, "").strip() else None
            items.append(ItemShare(int(field[5:]), posted_quantity(request, field, gettext("Amount")), money))
    brought = request.POST.getlist("brings_in")
    taken = sum((_of_line(item) * (1 if (str(item.item_id) in brought) == (sign > 0) else -1) for item in items), ZERO)
    chosen = _number(request, "account")
    posts: tuple[PostShare, ...] = ()
    if chosen is not None:
        share = _share(request, "account_amount", left - taken)
        posts = (PostShare(chosen, sign * share, request.POST.get("memo", "").strip()[:200]),)
        taken += share
    parties: tuple[PartyShare, ...] = ()
    if (party := _party(request, line.company_id)) is not None:
        share = _share(request, "party_amount", left - taken)
        control = AccountRole.RECEIVABLE if request.POST.get("control") != "payable" else AccountRole.PAYABLE
        parties = (PartyShare(party, sign * share, control),)
        taken += share
    transfers: tuple[TransferShare, ...] = ()
    if (other := _number(request, "transfer")) is not None:
        transfers = (TransferShare(other, sign * (left - taken)),)
    return MatchRequest(
        line_id=line.pk,
        items=tuple(items),
        posts=posts,
        parties=parties,
        transfers=transfers,
        write_off=bool(request.POST.get("write_off")),
        why=request.POST.get("memo", "").strip()[:300],
    )


def _of_line(item: ItemShare) -> Decimal:
    """What a document takes of the line: its amount, or the line's money where that was typed."""
    return item.amount if item.line_amount is None else item.line_amount


def _number(request: HttpRequest, field: str) -> int | None:
    text = request.POST.get(field, "")
    return int(text) if text.isdecimal() else None


def _party(request: HttpRequest, company_id: int) -> int | None:
    code = request.POST.get("party", "").strip()
    if not code:
        return None
    found = Party.objects.filter(company_id=company_id, code=code).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput(
            gettext("There is no customer or supplier with the code “%(code)s”.") % {"code": code[:40]},
            errors=[{"field": "party"}],
        )
    return found


def _share(request: HttpRequest, field: str, left: Decimal) -> Decimal:
    """What was typed; a minus is kept, for a fee that was held back."""
    text = request.POST.get(field, "").strip()
    if not text:
        return left
    if text.startswith(("-", "−")):
        values = request.POST.copy()
        values[field] = text[1:]
        request.POST = values  # type: ignore[assignment]
        return -posted_quantity(request, field, gettext("Amount"))
    return posted_quantity(request, field, gettext("Amount"))
