"""The committed table of rights, tests/rights/{pages,api,keys}.csv, and what the program says today."""

import csv
import io
from pathlib import Path

from django.contrib.auth.models import Group

from accounting.models import Company
from backoffice.core.access_limits import set_limits
from backoffice.core.actor import Actor
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import ApiKey, User
from backoffice.core.staff import StaffRole, sync_roles
from inventory.models import Warehouse
from orders.models import Channel
from tests.api.fuzz.asking import all_scopes
from tests.rights.addresses import Place, places
from tests.rights.probing import NO_METHOD, fares, key_fares, nothing_drawn, scope_of

FILES = {name: Path(__file__).with_name(f"{name}.csv") for name in ("pages", "api", "keys")}
ROLES = ("nobody", "no_role", *StaffRole.values)
HEADINGS = ("method", "address", *ROLES)
# What programs and devices may: the scope that a key needs, what a key of a channel and one of somebody limited to a
# warehouse reach with it (nothing: never a row), and an enrolled handheld on which nobody is signed in.
KEYS = ("method", "address", "scope", "channel_key", "warehouse_key", "handheld")


def table() -> dict[str, list[list[str]]]:
    """The rows of each file. Methods that fare alike share a row, one that the address does not answer has none."""
    sync_roles()
    groups = {group.name: _held(group) for group in Group.objects.filter(name__in=StaffRole.values)}
    roles = {role: groups[role] for role in StaffRole.values}
    keys = _keys()
    plain = User.objects.create_user("somebody", is_staff=True)
    found: dict[str, dict[tuple[str, ...], list[str]]] = {name: {} for name in FILES}
    with nothing_drawn():
        for place in places():
            told = fares(place.method, place.address, plain, roles)
            if told["owner"] != NO_METHOD:
                is_api = place.name.startswith("/api/")
                row = (place.name, *(told[role] for role in ROLES))
                found["api" if is_api else "pages"].setdefault(row, []).append(place.method)
                if is_api or place.name.startswith("/scan/"):
                    row = (place.name, *_of_keys(place, keys), told["handheld"])
                    found["keys"].setdefault(row, []).append(place.method)
    return {name: [[" ".join(how), *row] for row, how in rows.items()] for name, rows in found.items()}


def _held(group: Group) -> frozenset[str]:
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{label}.{codename}" for label, codename in rows)


def _keys() -> dict[str, ApiKey]:
    """A key that may do all in its channel, and one of somebody who may do all in their warehouse."""
    house = Company.objects.get()
    warehouse = Warehouse.objects.filter(company=house, is_transit=False).first()
    robot, lead = (User.objects.create_superuser(name) for name in ("robot", "lead"))
    set_limits(lead, "warehouse", [warehouse.pk], actor=Actor.job("table"))
    channel = Channel.objects.first()
    made = {"channel_key": (robot, channel.pk), "warehouse_key": (lead, None)}
    return {
        name: make_api_key(name=name, user=user, scopes=all_scopes(), channel_id=bound, company_id=house.pk)[0]
        for name, (user, bound) in made.items()
    }


def _of_keys(place: Place, keys: dict[str, ApiKey]) -> list[str]:
    scope = scope_of(place.method, place.address)
    if not scope:
        return ["", "", ""]
    told = key_fares(place.method, place.address, keys)
    return [scope, told["channel_key"], told["warehouse_key"]]


def as_text(name: str, rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([KEYS if name == "keys" else HEADINGS, *rows])
    return out.getvalue()
