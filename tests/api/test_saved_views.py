"""Saved views over HTTP: kept, shared, changed and deleted by whose they are, and run as the page runs them."""

import pytest

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import SavedView, User
from backoffice.core.proof import run_checks
from backoffice.core.saved_views import MAX_SAVED
from tests.api.conftest import Caller, order_body
from tests.factories.sales import make_channel

VIEWS = ("views:read", "views:write", "orders:read", "orders:write")


def sent(caller, method, path, body=None, etag=None):
    headers = {"authorization": f"Api-Key {caller.key}"} | ({"if-match": etag} if etag else {})
    return getattr(caller.client, method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def view(**changes):
    return {"list": "orders.order", "name": "Placed", "query": "status__exact=placed"} | changes


def places(caller, *ids):
    answers = [caller.post("orders/", order_body(given)) for given in ids]
    return [answer.json()["id"] for answer in answers]


def test_a_view_is_kept_run_changed_and_deleted(world):
    caller = world.caller(*VIEWS)
    first, second = places(caller, "W-1", "W-2")
    caller.post(f"orders/{second}/cancel/", {"reason": "test"})

    made = caller.post("saved-views/", view(name="Gone", query="status__exact=cancelled"))
    assert (made.status_code, made.json()["owner"], made.json()["shared"]) == (201, "robot", False), made.content
    path = f"saved-views/{made.json()['id']}/"
    run = caller.get("orders/", saved_view=made.json()["id"]).json()["results"]
    assert [order["id"] for order in run] == [second]
    changed = sent(caller, "patch", path, {"query": "q=W-1", "shared": True}, etag=made.headers["ETag"])
    assert (changed.status_code, changed.json()["query"], changed.json()["shared"]) == (200, "q=W-1", True)
    assert [order["id"] for order in caller.get("orders/", saved_view=made.json()["id"]).json()["results"]] == [first]
    assert [row["name"] for row in caller.get("saved-views/", list="orders.order").json()["results"]] == ["Gone"]
    stale = sent(caller, "delete", path, etag=made.headers["ETag"])
    assert (stale.status_code, SavedView.objects.count()) == (412, 1)
    assert sent(caller, "delete", path, etag=changed.headers["ETag"]).status_code == 204
    assert not SavedView.objects.exists()
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_a_view_narrows_what_the_key_may_see_and_never_widens_it(world):
    other = make_channel(world.house, "other")
    foreign = places(world.caller(*VIEWS, channel=other), "O-1")
    caller = world.caller(*VIEWS)
    own = places(caller, "W-1")

    made = caller.post("saved-views/", view(query="")).json()

    found = [order["id"] for order in caller.get("orders/", saved_view=made["id"]).json()["results"]]
    assert found == own and foreign[0] not in found


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"list": "orders.nothing"}, "list", "unknown_list"),
        ({"list": "core.savedview"}, "list", "unknown_list"),
        ({"name": ""}, "name", "blank"),
        ({"query": "no_such_field__exact=1"}, "query", "invalid"),
    ],
)
def test_what_makes_no_view_is_refused_by_field_and_nothing_is_kept(world, changes, field, code):
    answer = world.caller(*VIEWS).post("saved-views/", view(**changes))

    assert answer.status_code == 400, answer.content
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert not SavedView.objects.exists()


def test_somebody_elses_view_is_used_only_where_it_is_shared_and_never_changed(world):
    boss = User.objects.create_superuser("boss")
    mine = SavedView.objects.create(list_label="orders.order", name="Mine", owner=boss, query="")
    ours = SavedView.objects.create(list_label="orders.order", name="Ours", owner=boss, query="", shared=True)
    chief = Caller(make_api_key(name="chief", user=User.objects.create_superuser("chief"), scopes=list(VIEWS))[1])
    robot = Caller(make_api_key(name="nobody", user=User.objects.create_user("nobody"), scopes=list(VIEWS))[1])

    assert [row["name"] for row in chief.get("saved-views/").json()["results"]] == ["Ours"]
    assert robot.get("saved-views/").status_code == 403  # may not see the orders' page
    assert chief.get("orders/", saved_view=mine.pk).json()["errors"][0]["code"] == "unknown_view"
    for method in ("patch", "delete"):
        assert sent(chief, method, f"saved-views/{ours.pk}/", {"name": "x"}).status_code == 404
    assert world.caller("views:read").post("saved-views/", view()).status_code == 403
    assert list(SavedView.objects.order_by("pk").values_list("name", flat=True)) == ["Mine", "Ours"]


def test_a_name_is_had_once_and_there_is_an_end_of_views(world):
    caller = world.caller(*VIEWS)
    assert caller.post("saved-views/", view()).status_code == 201

    twice = caller.post("saved-views/", view(query="q=x"))
    SavedView.objects.bulk_create(
        SavedView(list_label="orders.order", name=f"V{n}", owner=world.robot) for n in range(MAX_SAVED - 1)
    )
    full = caller.post("saved-views/", view(name="One more"))

    assert [answer.json()["errors"][0]["code"] for answer in (twice, full)] == ["unique", "too_many"]
    assert SavedView.objects.count() == MAX_SAVED
