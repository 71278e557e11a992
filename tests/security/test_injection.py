"""S7: what others write reaches no SQL, no shell, no template, no header and no log as anything but text."""

import ast
import io
import logging
import re
from functools import cache
from pathlib import Path

from django.contrib.admin import site
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from backoffice.core import logs
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from tests.api.conftest import Caller
from tests.api.fuzz.asking import all_scopes
from tests.factories.staff import sign_in
from tests.pages.conftest import World

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounting", "backoffice", "bench", "integrations", "inventory", "orders", "warehouse")
# Where text is said to be markup already, each looked at: made by format_html, by the theme, or drawn by us.
MARKUP = {
    "backoffice/core/admin/own_security.py", "backoffice/core/templatetags/bo_list.py",
    "backoffice/dashboard/manual.py", "backoffice/dashboard/navigation.py", "orders/admin/returns.py",
}  # fmt: skip
SAFE_FILTERS = {"warehouse/badge.html", "warehouse/handheld.html"}  # a bar code and a QR code, drawn by us
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
    found = [f"{name}:{node.lineno}" for name, what, node in calls() if what in NEVER]
    shells = [
        f"{name}:{node.lineno}"
        for name, _what, node in calls()
        if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
    ]

    assert found == [] and shells == []


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
         "password", "user__password", "recorded_at::text", "[]", "{}", "null", "true"]  # fmt: skip
PAYLOADS = [
    f"{before}{base}{behind}" for base in BASES for before in ("", "1", "-", "id,") for behind in ("", "--", ")")
]
PAGED = {"limit", "cursor"}  # the same code for every list
SORTED = {"by", "order", "ordering", "compare", "search", "q", "sort"}


def test_no_parameter_of_the_api_becomes_sql(db, settings):
    """Each is answered or refused by name; an error of the database would be a 500."""
    settings.API_REQUESTS_PER_MINUTE = 10**6
    world = World()
    shop = Caller(
        make_api_key(
            name="walk", user=User.objects.create_superuser("walker"), scopes=all_scopes(), company_id=world.house.id
        )[1]
    )
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    asked, turn, wrong, paged = 0, 0, [], set[str]()
    for path, operations in paths.items():
        if "get" not in operations or "{" in path:
            continue
        for parameter in operations["get"].get("parameters", []):
            name = parameter["name"]
            if parameter["in"] != "query" or (name in PAGED and name in paged):
                continue
            count = len(PAYLOADS) // 2 if name in PAGED else 25 if name in SORTED else 1
            paged.add(name)
            for _payload in range(count):
                payload = PAYLOADS[turn % len(PAYLOADS)]
                turn += 7  # no divisor of their number
                answer = shop.get(path.removeprefix("/api/v1/"), **{name: payload})
                asked += 1
                if answer.status_code >= 500 or "Set-Cookie: x" in str(answer.headers):
                    wrong.append((path, name, payload, answer.status_code))

    assert len(PAYLOADS) >= 450 and asked > 900
    assert wrong == []


def test_no_sorting_search_or_filter_of_a_list_becomes_sql(db):
    World()
    client, wrong = sign_in("owner"), []
    client.raise_request_exception = False
    for turn, model in enumerate(sorted(site._registry, key=lambda model: model._meta.label)):
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        asked = {name: PAYLOADS[(turn * 7 + at * 31) % len(PAYLOADS)] for at, name in enumerate(("q", "o", "p"))}
        answers = [client.get(base, asked)]
        answers += [client.get(base, {"pk__in": asked["q"]})] if turn % 4 == 0 else []
        wrong += [(base, asked) for answer in answers if answer.status_code >= 500]

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
