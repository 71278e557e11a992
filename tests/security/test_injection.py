"""S7: what others write reaches no SQL, no shell, no template, no header and no log as anything but text."""

import ast
import io
import logging
import os
import re
from collections import Counter
from functools import cache
from math import gcd
from pathlib import Path

import django_filters
from django import forms
from django.core.exceptions import EmptyResultSet
from django.http import QueryDict
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory, force_authenticate

from backoffice.core import logs
from backoffice.core.api.auth import make_api_key
from backoffice.core.errors import DomainError
from backoffice.core.models import User
from tests.api.fuzz.asking import all_scopes
from tests.factories.books import make_company
from tests.pages.conftest import World

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounting", "backoffice", "bench", "integrations", "inventory", "orders", "warehouse")
# Where text is said to be markup already, each looked at: made by format_html, by the theme, or drawn by us.
MARKUP = {
    "backoffice/core/admin/own_security.py", "backoffice/core/templatetags/bo_list.py",
    "backoffice/dashboard/manual.py", "backoffice/dashboard/navigation.py", "orders/admin/returns.py",
}  # fmt: skip
SAFE_FILTERS = {"warehouse/badge.html", "warehouse/handheld.html"}  # a bar code and a QR code, drawn by us
TRUSTED = {"backoffice/core/apart_child.py"}  # reads what its own parent tells it
NEVER = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pickle.loads",
    "pickle.load",
    "marshal.loads",
    "yaml.load",
    "yaml.unsafe_load",
}


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """(file, what is called, the call) of all our code."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return [
        (str(path.relative_to(ROOT)), ast.unparse(node.func), node)
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]


def test_nothing_is_run_that_was_text():
    found = [f"{name}:{node.lineno}" for name, what, node in calls() if what in NEVER and name not in TRUSTED]
    shells = [
        f"{name}:{node.lineno}"
        for name, _what, node in calls()
        if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
    ]

    assert found == [] and shells == []


def test_what_is_made_a_number_was_asked_for_decimals():
    """str.isdigit says yes to "²", at which int() fails."""
    assert [f"{name}:{node.lineno}" for name, what, node in calls() if what.endswith(".isdigit")] == []


def test_markup_is_made_in_few_places_and_from_constants():
    marked = {name for name, what, _node in calls() if what in ("mark_safe", "SafeString")}
    formatted = [
        f"{name}:{node.lineno}"
        for name, what, node in calls()
        if what in ("format_html", "format_html_join")
        and any(isinstance(part, ast.JoinedStr) for part in node.args[:2])
    ]
    texts = {path: path.read_text() for app in APPS for path in (ROOT / app).rglob("*.html")}
    raw = {
        str(path.relative_to(path.parents[1]))
        for path, text in texts.items()
        if re.search(r"\|\s*safe\b|autoescape off", text)
    }

    assert marked <= MARKUP and formatted == [] and raw <= SAFE_FILTERS


def test_sql_of_queries_is_written_by_us_alone():
    """.raw, .extra and RawSQL take constants: a name of the module, or a text without anything put in."""
    found = []
    for name, what, node in calls():
        if what.rpartition(".")[2] in ("raw", "extra", "RawSQL"):
            given = [
                *node.args[:1],
                *(word.value for word in node.keywords if word.arg not in ("params", "output_field")),
            ]
            found += [
                f"{name}:{node.lineno}"
                for part in given
                for inner in ast.walk(part)
                if isinstance(inner, ast.JoinedStr) or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mod))
            ]

    assert found == []


BASES = ["'", '"', "';--", "1 OR 1=1", "' OR '1'='1", "1); DROP TABLE orders_order;--", "pg_sleep(9)", "1 UNION SELECT 1", "\\",
         "%", "%s", "%(x)s", "{{7*7}}", "{0.__class__}", "${7*7}", "$(id)", "`id`", "|id", "\r\nSet-Cookie: x=1", "\n", "\t",
         "\u202e", "\ufeff", "-1", "1e309", "NaN", "0x10", "9" * 40, "../../etc/passwd", "<script>", "__proto__", "id__in", "-pk,-id",
         "password", "user__password", "recorded_at::text", "[]", "{}", "null", "true", "x'y\"z", "1;SELECT 1", "*/ OR 1 /*", "$$x$$", "E'\\x27'", "?",
         ":x", "\x00", "\u00b2", "\u0663"]  # fmt: skip
PAYLOADS = [
    f"{before}{base}{behind}" for base in BASES for before in ("", "1", "-", "id,") for behind in ("", "--", ")")
]
TYPED = [
    payload for payload in PAYLOADS if "\0" not in payload
]  # NUL is taken out of addresses before: backoffice.security
SORTED = {"by", "order", "ordering", "compare", "search", "q", "sort"}


STEP = 31
SOAK = bool(os.environ.get("BACKOFFICE_SOAK"))


def walker(company_id):
    user = User.objects.create_superuser("walker")
    return make_api_key(name="walk", user=user, scopes=all_scopes(), company_id=company_id)


MOST_FORMS = 3  # of a filter's SQL: without it, with it, and with several values


def listed():
    """(path, what answers it, names of its parameters, its filters) of every list of the API."""
    for path, operations in SchemaGenerator().get_schema(request=None, public=True)["paths"].items():
        if "get" in operations and "{" not in path:
            found = resolve(path).func
            names = [one["name"] for one in operations["get"].get("parameters", []) if one["in"] == "query"]
            kind = getattr(getattr(found, "cls", None), "filterset_class", None)
            yield path, found, names, kind.base_filters if kind else {}


def test_no_parameter_of_the_api_becomes_sql(db, settings):
    """Each is answered or refused by name; an error of the database would be a 500.

    Names that choose an order or search take all payloads, over all lists that know them; each filter of a filter set
    takes all of them in the test below, and in the soak every other name of each list takes a hundred here.
    """
    settings.API_REQUESTS_PER_MINUTE = 10**6
    key = walker(World().house.id)[0]
    lists = list(listed())
    known = Counter(name for _path, _found, names, filters in lists for name in names if name not in filters)
    asked, told, wrong = Counter[str](), Counter[int](), []
    for path, found, names, filters in lists:
        for name in names:
            whole = len(TYPED) if name in SORTED else 60
            usual = 1 if name in filters else whole // known[name] + 1
            count = usual if not SOAK else 20 if name in filters else max(100, usual)
            for _payload in range(count):
                payload = TYPED[asked[name] * STEP % len(TYPED)]
                asked[name] += 1
                request = APIRequestFactory().get(path, {name: payload})
                force_authenticate(request, key.user, key)
                answer = found(request)
                told[answer.status_code] += 1
                if answer.status_code >= 500 or "Set-Cookie: x" in str(answer.headers):
                    wrong.append((path, name, payload, answer.status_code))

    assert gcd(STEP, len(TYPED)) == 1  # so that each is asked
    assert min(asked[name] for name in SORTED & set(known)) >= len(TYPED) >= 500
    assert told[401] + told[403] < 10 < min(told[200], told[400])  # the control: they were looked at
    assert wrong == []


def forms_of(one, rows) -> set[str]:
    """The SQL texts, without parameters, that a filter makes of all payloads that it takes."""
    texts = set()
    for payload in PAYLOADS:
        try:
            value = one.field.clean([payload] if isinstance(one.field, forms.MultipleChoiceField) else payload)
            texts.add(one.filter(rows, value).query.sql_with_params()[0])
        except (forms.ValidationError, ValidationError, DomainError, EmptyResultSet):
            continue  # refused by name, or it can find nothing
    return texts


def test_negative_control_a_filter_that_writes_its_value_into_sql_is_found():
    class Careless(django_filters.CharFilter):
        def filter(self, rows, value):
            return rows.extra(where=[f"username = '{value}'"])

    assert len(forms_of(Careless(), User.objects.all())) > 400
    assert len(forms_of(django_filters.CharFilter(field_name="username"), User.objects.all())) <= MOST_FORMS


def test_no_filter_lets_five_hundred_payloads_into_its_sql(db):
    """Asked of the filter itself: what it takes for a value comes into the query as a parameter, never as its text."""
    filters = {found.cls.filterset_class: found.cls for _path, found, _names, filters in listed() if filters}
    key = walker(make_company().pk)[0]
    asked, wrong = 0, []
    for kind, view in filters.items():
        request = Request(APIRequestFactory().get("/"))
        request.user, request.auth = key.user, key
        rows = view(request=request, kwargs={}, action="list", format_kwarg=None).get_queryset()
        for name, one in kind(QueryDict(), rows).filters.items():
            asked += len(PAYLOADS)
            if len(texts := forms_of(one, rows.order_by().values("pk"))) > MOST_FORMS:
                wrong.append((kind.__name__, name, len(texts), sorted(texts)[:2]))

    assert len(PAYLOADS) >= 500 and asked >= 500 * 200
    assert wrong == []


def test_no_text_becomes_a_line_of_the_log_or_a_header(db):
    stream = io.StringIO()
    handler, config = logging.StreamHandler(stream), logs.formatter("json", "v1")
    handler.setFormatter(config.pop("()")(**config))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        for payload in PAYLOADS:
            root.warning("looked for %s", payload, extra={"asked": payload})
        answer = Client().get("/healthz", headers={"x-request-id": "a\r\nSet-Cookie: x=1"})
    finally:
        root.removeHandler(handler)

    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if "looked for" in line]) == len(PAYLOADS)
    assert all(line.startswith("{") and line.endswith("}") for line in lines)
    assert "x=1" not in str(answer.headers) and not answer.cookies
