"""An empty database becomes a company: step by step in the wizard, or by a command."""

import io
import re
import shlex
import threading
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounting.models import Company, TaxRule
from backoffice.core.actor import Actor
from backoffice.core.models import SetupDraft, User
from backoffice.core.proof import run_checks
from backoffice.core.staff import sync_roles
from backoffice.setup import draft
from backoffice.setup.making import SetupRefused, set_up
from backoffice.setup.plan import Person, SetupPlan
from inventory.models import Location, Warehouse
from orders.models import Channel
from tests.factories.pictures import png
from tests.factories.staff import sign_in

PASSWORD = "larch and loom 2026"
COMPANY = {
    "name": "Tbilisi Tea", "country": "GE", "base_currency": "GEL", "time_zone": "Asia/Tbilisi", "language": "en",
    "tax_number": "404000000", "address": "Rustaveli 1",
}  # fmt: skip
BOOKS = {"chart": "ge", "tax_template": "ge"}
WAREHOUSE = {"code": "main", "name": "Tbilisi", "bins": "A-{01..03}-{1..2}", "city": "Tbilisi"}
CHANNEL = {"name": "Web shop", "kind": "storefront", "currency": "GEL", "tax_code": "GE18", "prices_include_tax": "on"}
PEOPLE = {
    "p0-username": "nino", "p0-role": "owner", "p0-password": PASSWORD, "p0-email": "nino@tea.example",
    "p1-username": "gio", "p1-role": "picker", "p1-password": PASSWORD,
}  # fmt: skip


@pytest.fixture(autouse=True)
def roles(db):
    sync_roles()


def post(client: Client, name: str, data: dict):
    return client.post(reverse("setup_step", args=[name]), data)


def begun() -> Client:
    client = Client()
    answer = client.get(reverse("setup"), {"token": draft.make_token()})
    assert answer.url == reverse("setup_step", args=["company"])
    return client


def answered(client: Client) -> None:
    for name, data in (
        ("company", COMPANY),
        ("books", BOOKS),
        ("warehouse", WAREHOUSE),
        ("channel", CHANNEL),
        ("people", PEOPLE),
    ):
        assert post(client, name, data).status_code == 302, name


def test_the_first_visitor_is_led_to_the_set_up_and_needs_the_token_that_was_printed():
    printed = io.StringIO()
    call_command("setup_token", "--url", "http://shop.example/", stdout=printed)
    link = printed.getvalue().strip()
    stranger = Client()

    for address in ("/", "/admin/", "/admin/login/"):
        assert stranger.get(address).url == "/setup/"
    assert stranger.get("/setup/").status_code == 200
    assert stranger.post("/setup/", {"token": "guessed"}).status_code == 403
    assert stranger.get("/setup/company/").url == "/setup/"
    assert post(stranger, "company", COMPANY).url == "/setup/"
    assert SetupDraft.objects.get().answers == {}

    first = Client()
    assert first.get(link.removeprefix("http://shop.example")).url == "/setup/company/"
    draft.make_token()
    assert first.get("/setup/company/").url == "/setup/", "a new token ends what the old one began"


def test_the_wizard_makes_the_company_and_signs_its_owner_in():
    client = begun()
    answered(client)
    logo = SimpleUploadedFile("logo.png", png(40, 20))
    assert post(client, "company", COMPANY | {"logo": logo}).url == "/setup/books/"
    assert 'value="GE18"' in client.get("/setup/channel/").text
    shown = client.get("/setup/look/").text
    assert "Tbilisi Tea" in shown and "A-{01..03}-{1..2} (6 bins)" in shown and PASSWORD not in shown
    assert not Company.objects.exists() and not User.objects.exists(), "nothing is made before the last step"

    done = client.post("/setup/look/", follow=True)

    assert "Tbilisi Tea is ready" in done.text
    company = Company.objects.get()
    assert (company.code, company.base_currency_id, company.time_zone) == ("tbilisi-tea", "GEL", "Asia/Tbilisi")
    assert company.logo
    assert Location.objects.filter(kind="bin").count() == 6
    channel = Channel.objects.get()
    assert (channel.kind, channel.tax_code.code, channel.prices_include_tax, channel.tax_by_rules) == (
        "storefront", "GE18", True, True,
    )  # fmt: skip
    assert TaxRule.objects.filter(company=company).count() == 5
    nino, gio = User.objects.order_by("pk")
    assert check_password(PASSWORD, nino.password) and nino.groups.get().name == "owner"
    assert gio.groups.get().name == "picker"
    assert client.get("/admin/").status_code == 200, "signed in"
    draft_row = SetupDraft.objects.get()
    assert (draft_row.answers, bytes(draft_row.logo), draft_row.token_hash) == ({}, b"", "")
    assert Client().get("/setup/").url == "/admin/", "the set-up is over"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("language", "georgia", "krone"),
    [
        ("en", "Georgia", "Norwegian Krone"),
        ("ka", "საქართველო", "ნორვეგიული კრონა"),
        ("ru", "Грузия", "норвежская крона"),
    ],
)
def test_countries_and_currencies_have_names_and_a_country_brings_its_own(language, georgia, krone):
    client = begun()
    client.cookies["django_language"] = language

    page = client.get("/setup/company/").text

    assert f'<option value="GE" data-currency="GEL" data-zone="Asia/Tbilisi">{georgia}</option>' in page
    assert f"NOK {krone}" in page and 'value="NO" data-currency="NOK" data-zone="Europe/Oslo"' in page
    assert 'value="RU" data-currency="RUB" data-zone="Europe/Moscow"' in page


def test_a_company_may_keep_its_books_in_any_currency_of_today():
    client = begun()
    answered(client)
    post(client, "company", COMPANY | {"country": "NO", "base_currency": "NOK", "time_zone": "Europe/Oslo"})
    post(client, "books", {"chart": "ifrs", "tax_template": "generic"})
    post(client, "channel", CHANNEL | {"currency": "SEK", "tax_code": ""})
    assert "Norway" in client.get("/setup/look/").text
    assert post(client, "company", COMPANY | {"base_currency": "DEM"}).status_code == 200, "no longer legal tender"

    client.post("/setup/look/", follow=True)

    company = Company.objects.select_related("base_currency").get()
    assert (company.base_currency_id, company.base_currency.name, company.base_currency.exponent) == (
        "NOK", "Norwegian Krone", 2,
    )  # fmt: skip
    assert run_checks().ok


def test_a_step_can_be_left_taken_up_again_and_gone_back_to():
    client = begun()
    post(client, "company", COMPANY)

    later = Client()
    assert later.get("/setup/", {"token": draft.make_token()}).url == "/setup/books/", "the first that is open"
    assert 'value="Tbilisi Tea"' in later.get("/setup/company/").text
    shown = later.post("/setup/warehouse/", WAREHOUSE | {"show": "1"}).text
    assert "6 bins" in shown and "A-01-1" in shown
    assert "warehouse" not in SetupDraft.objects.get().answers, "looked at only"
    assert post(later, "people", PEOPLE | {"more": "1"}).url == "/setup/people/"
    again = PEOPLE | {"p0-password": "", "p1-password": ""}
    assert post(later, "people", again).status_code == 302, "passwords are kept"


@pytest.mark.parametrize(
    ("step", "change", "said"),
    [
        ("company", {"country": "XX"}, "Select a valid choice"),
        ("books", {"tax_template": "eu"}, "member state of the European Union"),
        ("warehouse", {"bins": "A-{01..99}-{1..99}-{1..9}"}, "bins; at most"),
        ("warehouse", {"code": ""}, "Fill this in."),
        ("channel", {"tax_code": "LT21"}, "Select a valid choice"),
        ("people", {"p0-role": "picker"}, "The first person is an owner"),
        ("people", {"p0-password": "short"}, "too short"),
        ("people", {"p1-username": "NINO"}, "row 1 already"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_not_kept(step, change, said):
    client = begun()
    answered(client)
    before = SetupDraft.objects.get().answers
    right = {"company": COMPANY, "books": BOOKS, "warehouse": WAREHOUSE, "channel": CHANNEL, "people": PEOPLE}[step]

    answer = post(client, step, right | change)

    assert answer.status_code == 200 and said in answer.text
    assert SetupDraft.objects.get().answers == before


def test_nothing_is_made_while_a_step_is_missing():
    client = begun()
    post(client, "company", COMPANY)

    answer = client.post("/setup/look/")

    assert "Not everything is answered yet." in answer.text
    assert not Company.objects.exists() and not User.objects.exists()


def test_a_database_with_a_company_cannot_be_set_up_again():
    client = begun()
    answered(client)
    client.post("/setup/look/")

    with pytest.raises(SetupRefused, match="has a company already"):
        set_up(PLAN, actor=Actor.job("setup"))
    with pytest.raises(CommandError, match="has a company already"):
        call_command("setup_token")
    assert client.get("/setup/company/").url == "/setup/"
    assert Company.objects.count() == 1


def test_an_administrator_of_an_empty_database_needs_no_token():
    User.objects.create_superuser("root", password=PASSWORD)
    client = Client()
    client.force_login(User.objects.get())

    assert client.get("/admin/").url == "/setup/"
    assert client.get("/setup/").url == "/setup/company/"
    assert Client().get("/admin/login/").status_code == 200, "others sign in"


PLAN = SetupPlan(
    name="Other", country="LT", base_currency="EUR", time_zone="UTC", language="en", chart="ifrs",
    people=[Person("boss", "owner", "!")],
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_who_finish_at_once_make_one_company():
    sync_roles()
    results: list[str] = []

    def run() -> None:
        try:
            set_up(PLAN, actor=Actor.job("setup"))
            results.append("made")
        except SetupRefused:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["made", "refused", "refused", "refused"]
    assert Company.objects.count() == User.objects.count() == 1


def test_the_command_makes_the_same(monkeypatch):
    out = io.StringIO()
    call_command(
        "setup_company", "Amber Goods", "--country", "lt", "--currency", "eur", "--time-zone", "Europe/Vilnius",
        "--tax-template", "eu", "--warehouse", "KLP=Klaipėda", "--bins", "A-{1..4}", "--channel", "Shop",
        "--user", "ona:owner:ona@amber.example", "--user", "lead:warehouse_lead", stdout=out,
    )  # fmt: skip

    company = Company.objects.get()
    assert (company.code, company.country) == ("amber-goods", "LT")
    assert Warehouse.objects.filter(is_transit=False).get().code == "KLP"
    printed = dict(line.split("\t") for line in out.getvalue().splitlines() if "\t" in line)
    assert {user.username: check_password(printed[user.username], user.password) for user in User.objects.all()} == {
        "ona": True, "lead": True,
    }  # fmt: skip
    assert sign_in("ona").get("/admin/").status_code == 200


def test_the_command_names_all_that_is_wrong_and_makes_nothing(monkeypatch):
    monkeypatch.setenv("BACKOFFICE_SETUP_PASSWORD", "password")

    with pytest.raises(CommandError) as refused:
        call_command(
            "setup_company", "Amber", "--country", "ZZ", "--currency", "EUR", "--tax-template", "eu", "--warehouse", "A B=C",
            "--user", "ona:picker",
        )  # fmt: skip

    said = str(refused.value)
    for field in ("country", "tax_template", "code", "role", "password"):
        assert f"\n{field}: " in said, said
    assert not Company.objects.exists() and not User.objects.exists()


def test_the_command_as_the_handbook_has_it_makes_a_company(db, monkeypatch):
    handbook = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    [told] = re.findall(r"^\.venv/bin/python manage\.py (setup_company .*?)\n```", handbook, re.DOTALL | re.MULTILINE)
    monkeypatch.setenv("BACKOFFICE_SETUP_PASSWORD", "correct horse battery")

    call_command(*shlex.split(told.replace("\\\n", " ")))

    assert Company.objects.get().name == "Amber Goods" and User.objects.count() == 2
    assert run_checks().ok
