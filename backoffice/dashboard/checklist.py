"""What is still to do after the set-up: each item is asked of the data, and gone once it is done or told to be not needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.core.models import ChecklistDismissal


@dataclass(frozen=True, slots=True)
class Item:
    """done: SQL that is true once nothing is left to do. permission: whoever lacks it is not asked.

    one: SQL of the only row that is meant, whose form (form: its page's name) is then opened at once.
    """

    code: str
    title: Promise
    why: Promise
    url: Any
    permission: str
    done: str
    form: str = ""
    one: str = "NULL"


def _list(name: str) -> Any:
    return reverse_lazy(f"admin:{name}")


ITEMS: Sequence[Item] = (
    Item(
        "company", _("Complete the company's data"), _("Tax number, address and e-mail stand on every document."),
        _list("accounting_company_changelist"), "accounting.change_company",
        "NOT EXISTS (SELECT FROM accounting_company WHERE tax_number = '' OR address = '' OR email = '')",
        "admin:accounting_company_change", "(SELECT min(id) FROM accounting_company HAVING count(*) = 1)",
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
        "EXISTS (SELECT FROM accounting_journalentry WHERE source_type = 'accounting.opening')",
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
    """left: what this person may do, nobody has put away, and is not done yet. away: what was said to be not needed."""

    left: tuple[Item, ...]
    away: tuple[Item, ...]
    total: int

    @property
    def done(self) -> int:
        return self.total - len(self.left)


def checklist(user: Any) -> Checklist | None:
    """None when nothing is left for this person. Statements: 2, or 0 for whoever may do none of it."""
    mine = [item for item in ITEMS if user.has_perm(item.permission)]
    if not mine:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"{item.done}, {item.one}" for item in mine))
        found = iter(cursor.fetchone())
    asked = [(item, next(found), next(found)) for item in mine]
    to_do = [
        replace(item, url=reverse(item.form, args=[one])) if one else item for item, done, one in asked if not done
    ]
    if not to_do:
        return None
    not_needed = set(ChecklistDismissal.objects.values_list("item", flat=True))
    left = tuple(item for item in to_do if item.code not in not_needed)
    return Checklist(left, tuple(item for item in to_do if item.code in not_needed), len(mine)) if left else None


def dismiss_view(request: HttpRequest, code: str) -> HttpResponse:
    """Say of an item that the company does not need it, for everybody; with `needed` given, that it does after all."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    item = next((item for item in ITEMS if item.code == code), None)
    if item is None:
        raise Http404
    if not request.user.has_perm(item.permission):
        raise PermissionDenied
    if "needed" in request.POST:
        ChecklistDismissal.objects.filter(item=code).delete()
    else:
        ChecklistDismissal.objects.get_or_create(user_id=request.user.pk, item=code)
    return HttpResponseRedirect(reverse("admin:index"))
