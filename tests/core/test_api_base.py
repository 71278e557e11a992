"""The API's base: keys and scopes, one form of error, requests answered once."""

import json
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.core.api.auth import make_api_key
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import DomainError
from backoffice.core.models import ApiKey, AuditEvent, IdempotencyRecord, User

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class LineSerializer(serializers.Serializer):
    sku = serializers.CharField(max_length=5)
    quantity = serializers.DecimalField(max_digits=9, decimal_places=2, min_value=1)


class OrderSerializer(serializers.Serializer):
    name = serializers.CharField()
    lines = LineSerializer(many=True, allow_empty=False)


class Orders(APIView):
    required_scopes = {"GET": ("orders:read",), "POST": ("orders:write",)}
    required_permissions = {"GET": ("core.view_user",), "POST": ("core.change_user",)}

    def get(self, request):
        return Response({"user": request.user.get_username()})

    @idempotent(required=False)
    def post(self, request):
        serializer = OrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        event = AuditEvent.objects.create(actor_label="api", object_type="test", object_id=1, action="post")
        if serializer.validated_data["name"] == "refused":
            raise DomainError("Not today.", weekday="Sunday")
        if serializer.validated_data["name"] == "broken":
            raise RuntimeError("secret detail")
        if serializer.validated_data["name"] == "conflict":
            User.objects.create(username="taken")
            User.objects.create(username="taken")
        return Response({"id": event.pk, "at": str(timezone.now())}, status=201)


class Nothing(APIView):
    def get(self, request):
        return Response({})


urlpatterns = [
    path("api/orders/", Orders.as_view()),
    path("api/others/", Orders.as_view()),
    path("api/nothing/", Nothing.as_view()),
]
GOOD = {"name": "a", "lines": [{"sku": "A", "quantity": "1"}]}


@pytest.fixture
def user(db):
    robot = User.objects.create_user("robot", password="x")
    robot.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    return robot


@pytest.fixture
def key(user):
    return make_api_key(name="shop", user=user, scopes=["orders:read", "orders:write"])


def call(key, method="get", path="/api/orders/", data=None, **headers):
    given = {"authorization": f"Api-Key {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = data if isinstance(data, bytes | str | None) else json.dumps(data)
    return getattr(Client(raise_request_exception=False), method)(
        path, data=body, content_type="application/json", headers=given
    )


def made():
    return AuditEvent.objects.filter(object_type="test").count()


def test_a_key_lets_its_user_in_and_only_its_digest_is_kept(key):
    row, text = key

    response = call(text)

    assert (response.status_code, response.json()) == (200, {"user": "robot"})
    assert text.partition(".")[2].encode() not in bytes(row.digest)
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("bad", ["", "x", "a b", "00.00", "{prefix}.wrong", "{text}x", "\xff.\xff"])
def test_a_wrong_key_is_401_with_a_challenge(key, bad):
    row, text = key

    response = call(bad.format(prefix=row.prefix, text=text))

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == 'Api-Key realm="backoffice"'
    assert response.json()["code"] == "authentication_failed"


def test_no_key_is_401():
    assert Client().get("/api/orders/").status_code == 401
    assert Client().get("/api/orders/").json()["code"] == "not_authenticated"


@pytest.mark.parametrize("end", ["revoked", "expired", "user"])
def test_a_dead_key_is_401(key, user, end):
    row, text = key
    if end == "revoked":
        ApiKey.objects.update(revoked_at=timezone.now())
    elif end == "expired":
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        User.objects.update(is_active=False)

    assert call(text).status_code == 401


def test_a_missing_scope_is_403_and_a_view_without_scopes_is_closed(user, key):
    _row, reader = make_api_key(name="reader", user=user, scopes=["orders:read"])

    refused = call(reader, "post", data=GOOD)

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert call(key[1], path="/api/nothing/").status_code == 403
    assert call(key[1], "delete").status_code == 403
    assert made() == 0


def test_staff_sign_in_by_session_and_need_the_permission(user):
    client = Client()
    client.force_login(user)
    assert client.get("/api/orders/").status_code == 403
    User.objects.update(is_staff=True, is_superuser=True)
    assert client.get("/api/orders/").status_code == 200
    assert client.delete("/api/orders/").status_code == 403  # not named


def test_wrong_fields_are_named_with_their_row(key):
    lines = [{"sku": "A", "quantity": "1"}, {"sku": "TOOLONG", "quantity": "0"}]

    response = call(key[1], "post", data={"lines": lines})

    answer = response.json()
    assert (response.status_code, answer["code"], answer["status"]) == (400, "invalid_input", 400)
    assert [(e["field"], e["code"]) for e in answer["errors"]] == [
        ("name", "required"),
        ("lines.1.sku", "max_length"),
        ("lines.1.quantity", "min_value"),
    ]
    assert made() == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "parse_error"),
        (b'{"name": "\xff"}', 400, "parse_error"),
        ('{"name": NaN}', 400, "parse_error"),
        ("[" * 200_000, 400, "parse_error"),
        ("[]", 400, "invalid_input"),
        ('{"name": "a\\u0000", "lines": [{"sku": "A", "quantity": "1"}]}', 400, "invalid_input"),
        (b'"' + b"x" * (2 * 1024 * 1024) + b'"', 413, "body_too_large"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"idempotency_key": "k"}])
def test_bad_bodies_are_told_and_nothing_is_written(key, body, status, code, headers):
    response = call(key[1], "post", data=body, **headers)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert made() == 0 and not IdempotencyRecord.objects.exists()


def test_a_refusal_is_problem_json_and_rolls_back(key):
    response = call(key[1], "post", data=GOOD | {"name": "refused"}, idempotency_key="k")

    assert response.status_code == 409
    assert response.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "refused",
        "detail": "Not today.",
        "context": {"weekday": "Sunday"},
    }
    assert made() == 0 and not IdempotencyRecord.objects.exists()


def test_an_unforeseen_error_tells_nothing(key, caplog):
    response = call(key[1], "post", data=GOOD | {"name": "broken"})

    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "secret" not in response.content.decode() and "secret detail" in caplog.text
    assert made() == 0


def test_a_refusal_of_the_database_is_409(key):
    response = call(key[1], "post", data=GOOD | {"name": "conflict"})

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert response.json()["context"]["constraint"].startswith("core_user_username")
    assert not User.objects.filter(username="taken").exists()


def test_unknown_methods_and_media_types_are_problem_json(key):
    response = Client().post(
        "/api/orders/", "a=1", content_type="text/plain", headers={"authorization": f"Api-Key {key[1]}"}
    )

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_the_same_request_again_has_one_effect_and_the_same_bytes(key):
    first = call(key[1], "post", data=GOOD, idempotency_key="k1")
    again = call(key[1], "post", data=GOOD, idempotency_key="k1")
    other = call(key[1], "post", data=GOOD, idempotency_key="k2")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content and again["Content-Type"] == first["Content-Type"]
    assert "Idempotency-Replayed" not in first and again["Idempotency-Replayed"] == "true"
    assert other.content != first.content
    assert made() == 2


def test_the_key_is_each_callers_own(key, user):
    _row, second = make_api_key(name="second", user=user, scopes=["orders:write"])

    first = call(key[1], "post", data=GOOD, idempotency_key="k")
    other = call(second, "post", data=GOOD, idempotency_key="k")

    assert first.content != other.content and made() == 2


@pytest.mark.parametrize(
    ("path", "data"), [("/api/orders/", GOOD | {"name": "b"}), ("/api/others/", GOOD)], ids=["other body", "other path"]
)
def test_another_request_under_the_same_key_is_422(key, path, data):
    call(key[1], "post", data=GOOD, idempotency_key="k")

    response = call(key[1], "post", path=path, data=data, idempotency_key="k")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert made() == 1


def test_a_key_too_long_is_400(key):
    assert call(key[1], "post", data=GOOD, idempotency_key="k" * 201).json()["code"] == "idempotency_key_missing"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_one_key_have_one_effect(key):
    answers = []

    def send():
        for _turn in range(5):
            answers.append(call(key[1], "post", data=GOOD, idempotency_key="same"))
        connection.close()

    threads = [threading.Thread(target=send) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [a for a in answers if a.status_code == 201]
    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"in_progress"}
    assert len({a.content for a in done}) == 1
    assert made() == 1


def test_every_answer_carries_a_request_id(key):
    assert call(key[1], x_request_id="abc-1")["X-Request-ID"] == "abc-1"
    assert len(call(key[1], x_request_id="bad id\tx")["X-Request-ID"]) == 32


@pytest.mark.parametrize(("state", "status"), [("40001", 503), ("40P01", 503), ("55P03", 503), ("57014", 500)])
def test_a_busy_database_asks_to_try_again(key, monkeypatch, state, status):
    def busy(view, request):
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '{state}'; END $$")

    monkeypatch.setattr(Orders, "get", busy)

    response = call(key[1])

    assert response.status_code == status
    assert response.get("Retry-After") == ("1" if status == 503 else None)
