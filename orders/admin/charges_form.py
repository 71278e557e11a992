"""The charges in the form that edits an order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from backoffice.core.errors import InvalidInput
from orders import services
from orders.admin.order_form import number_of
from orders.models import ChargeKind, Order, OrderCharge

NEW_ROWS = 2


def charge_rows(order: Order, posted: Mapping[str, str]) -> dict[str, Any]:
    """The context: charges as they stand with what was typed on top, and empty rows for new ones. Statements: 1."""
    charges = [
        {
            "charge": charge,
            "amount": posted.get(f"charge-{charge.pk}"),
            "removed": posted.get(f"charge-off-{charge.pk}") == "1",
        }
        for charge in order.charges.order_by("position")
    ]
    added = [
        {
            "number": number,
            "kind": posted.get(f"charge-kind-{number}", ""),
            "text": posted.get(f"charge-text-{number}", ""),
            "amount": posted.get(f"charge-new-{number}", ""),
        }
        for number in range(NEW_ROWS)
    ]
    return {"charges": charges, "new_charges": added, "charge_kinds": ChargeKind.choices}


def posted_charges(
    request: HttpRequest, order: Order
) -> tuple[list[services.ChargeEdit], list[services.ChargeAddition]]:
    """What was changed against what the form had shown, taken off, and added. Raises InvalidInput."""
    edits = [edit for charge in order.charges.order_by("position") if (edit := _edit(request, charge)) is not None]
    added = []
    for number in range(NEW_ROWS):
        name = gettext("New charge %(row)s") % {"row": number + 1}
        amount = number_of(request.POST.get(f"charge-new-{number}", ""), name, negative=True)
        text = request.POST.get(f"charge-text-{number}", "").strip()[:300]
        if amount is None:
            if text:
                raise InvalidInput(gettext("%(name)s: give its amount.") % {"name": name})
            continue
        added.append(services.ChargeAddition(request.POST.get(f"charge-kind-{number}", ""), amount, text))
    return edits, added


def _edit(request: HttpRequest, charge: OrderCharge) -> services.ChargeEdit | None:
    if request.POST.get(f"charge-off-{charge.pk}") == "1":
        return services.ChargeEdit(charge.pk)
    name = charge.description or charge.code or charge.get_kind_display()
    typed = number_of(request.POST.get(f"charge-{charge.pk}", ""), name, negative=True)
    shown: Decimal | None = number_of(request.POST.get(f"was-charge-{charge.pk}", ""), name, negative=True)
    return None if typed is None or typed == shown else services.ChargeEdit(charge.pk, typed)
