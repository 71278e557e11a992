"""The table of rights is reviewed by its diff: `make rights` writes it, and here it is compared with the program."""

import os

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.core.api.declared import check_declared
from backoffice.core.models import User
from backoffice.core.roles import OWNER, role
from orders.models import Order
from tests.factories.goods import make_shop
from tests.factories.sales import make_channel
from tests.rights.addresses import places
from tests.rights.probing import fares
from tests.rights.table import FILES, as_text, table

DOORS = {
    "/admin/login/", "/admin/login/second/", "/admin/logout/", "/scan/enrol/", "/scan/sign-in/", "/scan/sign-out/",  # where people come in and go
    "/admin/jsi18n/", "/i18n/setlang/", "/scan/manifest.webmanifest", "/scan/sw.js",  # texts and files, the same for all
    "/setup/", "/setup/<slug:name>/", "/setup/done/",  # closed by a key once there is a company
    "/api/v1/webhooks/<int:connection_id>/",  # opened by its signature
    "/media/pictures/<slug:digest>.<slug:kind>",  # a picture of a product, found by its digest alone
}  # fmt: skip
DEVICES = {"/api/v1/scan/commands/", "/scan/photo/", "/scan/board/", "/scan/board/data/"}  # an enrolled handheld's
OWN = {
    "/admin/", "/admin/find/", "/admin/search/", "/admin/checklist/<slug:code>/dismiss/", "/api/v1/search/",  # by its parts
    "/admin/confirm/", "/admin/password_change/", "/admin/password_change/done/",  # one's own password and factors
    "/admin/accounting/manualjournal/papers/<int:pk>/", "/admin/accounting/manualjournal/papers/<int:pk>/remove/",  # its row's
    "/api/docs/", "/api/schema/", "/scan/", "/scan/queue/", "/admin/manual/", "/admin/manual/<slug:chapter>/",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        _no_row_is_the_first()
        make_channel(make_shop())
        yield table()
        transaction.set_rollback(True)


def _no_row_is_the_first():
    """The addresses name row 1. Whether there is one shall not depend on the tests before."""
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(oid::regclass) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        )


def test_the_table_is_what_the_program_does(told):
    wrong = {}
    for name, rows in told.items():
        if os.environ.get("WRITE_RIGHTS") == "1":
            FILES[name].write_text(as_text(name, rows))
        before, now = FILES[name].read_text().splitlines(), as_text(name, rows).splitlines()
        wrong |= dict.fromkeys(set(before) - set(now), "not any more")
        wrong |= dict.fromkeys(set(now) - set(before), "new: run `make rights` and look at the diff")

    assert wrong == {}


def test_nothing_is_open_but_by_a_right(told):
    rows = told["pages"] + told["api"]

    assert {row[1] for row in rows if row[2] == "yes"} <= DOORS
    anybody = {row[1] for row in rows if row[3] == "yes"} - DOORS - DEVICES - OWN
    assert {address for address in anybody if not address.startswith("/admin/security/")} == set()
    assert len(rows) > 2_500


def test_a_key_and_a_handheld_reach_what_the_table_says(told):
    keys = {(method, row[1]): row[2:] for row in told["keys"] for method in row[0].split()}

    assert keys["GET", "/api/v1/orders/"] == ["orders:read", "yes", "yes", "no"]
    assert keys["GET", "/api/v1/handling-units/<pk>/"] == ["warehouse:read", "nothing", "yes", "no"]
    assert keys["GET", "/api/v1/statements/profit-and-loss/"][2] == "no"  # of the whole company
    assert keys["POST", "/scan/photo/"][3] == "yes" and keys["GET", "/scan/queue/"][3] != "yes"
    without = {place[1] for place, row in keys.items() if place[1].startswith("/api/v1/") and not row[0]}
    handhelds = {"/api/v1/scan/commands/", "/api/v1/scan/commands/<pk>/"}  # answered to the device, not to keys
    assert without == {"/api/v1/webhooks/<int:connection_id>/", *handhelds}
    assert {place[1] for place, row in keys.items() if row[3] == "yes"} <= DOORS | DEVICES


def answers(request, *args, **kwargs):
    if not request.user.has_perm("orders.view_order"):
        raise PermissionDenied
    return HttpResponse()


def looks_first(request, pk):
    get_object_or_404(Order, pk=pk)
    return answers(request)


def everybody(request, pk):
    get_object_or_404(Order, pk=pk)
    return HttpResponse()


class Undeclared(APIView):
    required_scopes = required_permissions = {"GET": ()}

    def get(self, request):
        return Response()

    def post(self, request):
        return Response()


class urls:
    urlpatterns = [
        path("admin/asks/", answers),
        path("admin/<int:pk>/looks/", looks_first),
        path("admin/<int:pk>/all/", everybody),
        path("api/v1/undeclared/", Undeclared.as_view()),
    ]


@override_settings(ROOT_URLCONF=urls)
def test_a_new_address_is_found_and_asked_as_each_role(db):
    make_shop()
    roles = {"desk": frozenset({"orders.view_order"}), "picker": frozenset({"orders.view_shipment"})}
    plain = User.objects.create_user("somebody", is_staff=True)
    of = {place.name: fares(place.method, place.address, plain, roles) for place in places() if place.method == "GET"}

    asked = {"nobody": "no", "handheld": "no", "no_role": "no", "desk": "yes", "picker": "no"}
    assert (of["/admin/asks/"], of["/admin/<int:pk>/looks/"]) == (asked, asked)
    assert set(of["/admin/<int:pk>/all/"].values()) == {"yes"}


@override_settings(ROOT_URLCONF=urls)
def test_an_operation_without_its_right_stops_the_start():
    assert [error.msg for error in check_declared()] == ["POST api/v1/undeclared/ names no permission or no scope."]
