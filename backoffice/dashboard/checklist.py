"""What is still to do after the set-up: each item is asked of the data, and gone once it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.core.models import ChecklistDismissal


@dataclass(frozen=True, slots=True)
class Item:
    """done: SQL that is true once nothing is left to do. permission: whoever lacks it is not asked."""

    code: str
    title: Promise
    why: Promise
    url: Any
    permission: str
    done: str


def _list(name: str) -> Any:
    return reverse_lazy(f"admin:{name}")


ITEMS: Sequence[Item] = (
    Item(
        "company", _("Complete the company's data"), _("Tax number, address and e-mail stand on every document."),
        _list("accounting_company_changelist"), "accounting.change_company",
        "NOT EXISTS (SELECT FROM accounting_company WHERE tax_number = '' OR address = '' OR email = '')",
    ),
    Item(
        "taxes", _("Choose the taxes"), _("Without rules every sale bears its channel's tax code."),
        _list("accounting_taxrule_changelist"), "accounting.add_taxrule", "EXISTS (SELECT FROM accounting_taxrule)",
    ),
    Item(
        "bins", _("Make a warehouse and its bins"), _("Goods lie in bins; a pattern makes hundreds at once."),
        _list("inventory_warehouse_changelist"), "inventory.add_warehouse",
        "EXISTS (SELECT FROM inventory_location WHERE kind = 'bin')",
    ),
    Item(
        "products", _("Bring the products"), _("By a file, or from the shop when it is connected."),
        reverse_lazy("opening_data"), "inventory.add_sku", "EXISTS (SELECT FROM inventory_sku)",
    ),
    Item(
        "stock", _("Bring the stock"), _("What lies where, at what cost: orders can be promised from then on."),
        reverse_lazy("opening_data"), "inventory.add_adjustment", "EXISTS (SELECT FROM inventory_stockmove)",
    ),
    Item(
        "balances", _("Bring the opening balances"), _("The trial balance of the day before the first, and what is still owed."),
        reverse_lazy("opening_data"), "accounting.add_journalentry",
        # what else is brought in makes entries too, and says nothing of the rest of the balances
        "EXISTS (SELECT FROM accounting_journalentry WHERE source_type NOT IN ('accounting.opening_item', 'inventory.opening'))",
    ),
    Item(
        "bank", _("Add the bank account"), _("Its statements are then matched with what is owed."),
        _list("accounting_bankaccount_changelist"), "accounting.add_bankaccount",
        "EXISTS (SELECT FROM accounting_bankaccount)",
    ),
    Item(
        "channel", _("Connect a channel"), _("Its orders then come by themselves, and stock and tracking go back."),
        _list("integrations_connection_add"), "integrations.add_connection",
        "EXISTS (SELECT FROM integrations_connection WHERE status <> 'draft')",
    ),
    Item(
        "carrier", _("Add a carrier"), _("With its services and rates, for labels and cut-offs."),
        _list("warehouse_carrieraccount_changelist"), "warehouse.add_carrieraccount",
        "EXISTS (SELECT FROM warehouse_carrieraccount)",
    ),
    Item(
        "people", _("Add the people who work here"), _("Everybody signs in as themselves; a role says what they may do."),
        _list("core_user_changelist"), "core.add_user",
        "(SELECT count(*) > 1 FROM core_user WHERE is_active AND is_staff)",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checklist:
    """left: what this person may do, has not put away, and is not done yet."""

    left: tuple[Item, ...]
    done: int
    total: int


def checklist(user: Any) -> Checklist | None:
    """None when nothing is left for this person. Statements: 2, or 0 for whoever may do none of it."""
    mine = [item for item in ITEMS if user.has_perm(item.permission)]
    if not mine:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(item.done for item in mine))
        found = cursor.fetchone()
    open_items = [item for item, done in zip(mine, found, strict=True) if not done]
    if not open_items:
        return None
    away = set(ChecklistDismissal.objects.filter(user=user).values_list("item", flat=True))
    left = tuple(item for item in open_items if item.code not in away)
    return Checklist(left, len(mine) - len(open_items), len(mine)) if left else None


def dismiss_view(request: HttpRequest, code: str) -> HttpResponse:
    """Put an item away, for this person only."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if code in {item.code for item in ITEMS}:
        ChecklistDismissal.objects.get_or_create(user_id=request.user.pk, item=code)
    return HttpResponseRedirect(reverse("admin:index"))
