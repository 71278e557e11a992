"""The committed table of rights, tests/rights/{pages,api}.csv, and what the program says today."""

import csv
import io
from pathlib import Path

from django.contrib.auth.models import Group

from backoffice.core.models import User
from backoffice.core.staff import StaffRole, sync_roles
from tests.rights.addresses import places
from tests.rights.probing import NO_METHOD, fares, nothing_drawn

FILES = {"pages": Path(__file__).with_name("pages.csv"), "api": Path(__file__).with_name("api.csv")}
ROLES = ("nobody", "no_role", *StaffRole.values)
HEADINGS = ("method", "address", *ROLES)


def table() -> dict[str, list[list[str]]]:
    """The rows of each file. Methods that fare alike share a row, one that the address does not answer has none."""
    sync_roles()
    groups = {group.name: _held(group) for group in Group.objects.filter(name__in=StaffRole.values)}
    roles = {role: groups[role] for role in StaffRole.values}
    plain = User.objects.create_user("somebody", is_staff=True)
    alike: dict[tuple[str, ...], list[str]] = {}
    with nothing_drawn():
        for place in places():
            told = fares(place.method, place.address, plain, roles)
            if told["owner"] != NO_METHOD:
                alike.setdefault((place.name, *(told[role] for role in ROLES)), []).append(place.method)
    rows = [[" ".join(methods), *row] for row, methods in alike.items()]
    return {name: [row for row in rows if (name == "api") == row[1].startswith("/api/")] for name in FILES}


def _held(group: Group) -> frozenset[str]:
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{label}.{codename}" for label, codename in rows)


def as_text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADINGS, *rows])
    return out.getvalue()
