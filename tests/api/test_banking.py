"""The bank over HTTP: a statement from the file to the agreed balance; what is wrong writes nothing."""

from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.models import Account, BankLine, BankRule
from backoffice.core.proof import run_checks
from tests.factories.bank_files import booked, camt053
from tests.factories.banking import number_of, owed, written

SCOPES = ("bank:read", "bank:write", "bank:match")
IBAN = "GB29NWBK60161331926819"


@pytest.fixture
def shop(world):
    return world.caller(*SCOPES, bound=False, company_id=world.house.company.pk)


@pytest.fixture
def account(world, shop):
    chart = Account.objects.get(company=world.house.company, accountmapping__role="bank")
    made = shop.post("bank-accounts/", {"name": "Main", "number": "GB29 NWBK 6016 1331 9268 19", "currency": "GBP",
                                        "account": chart.code, "write_off_limit": "0.05"})  # fmt: skip
    assert made.status_code == 201, made.content
    return made.json()["id"]


def send(shop, content, **more):
    file = SimpleUploadedFile("march.xml", content)
    return shop.client.post(
        "/api/v1/bank-statements/", {"file": file, **more}, headers={"authorization": f"Api-Key {shop.key}"}
    )


def statement(*lines, **more):
    return camt053(lines, iban=IBAN, currency="GBP", **{"opening": "0.00"} | more)


def test_a_statement_goes_from_the_file_to_the_agreed_balance(world, shop, account):
    company = world.house.company
    first, second = owed(company, "100"), owed(company, "60")
    charges = Account.objects.get(company=company, accountmapping__role="bank_charges").code
    content = statement(
        booked("100.00", text=number_of(first)), booked("57.48", "2026-03-06", "part"), booked("30.00", "2026-03-07")
    )

    sent = send(shop, content)
    assert sent.status_code == 201, sent.content
    assert sent.json() == {
        "statements": [{"statement": sent.json()["statements"][0]["statement"], "bank_account": account, "new_lines": 3,
                        "known_lines": 0, "state": "imported"}],
        "matched": 1,
    }  # fmt: skip
    assert send(shop, content).json()["statements"][0]["state"] == "already"
    rows = shop.get("bank-lines/", matched="false", bank_account=account).json()["results"]
    assert sorted(row["amount"] for row in rows) == ["30.000000", "57.480000"]
    line, rest = sorted(rows, key=lambda row: row["date"])
    body = {
        "items": [{"item": second.pk, "amount": "60"}],
        "posts": [{"account": charges, "amount": "-2.50"}],
        "write_off": True,
    }
    done = shop.post(f"bank-lines/{line['id']}/match/", body)
    assert (done.status_code, done.json()["open"]) == (201, "0.000000"), done.content
    assert len(shop.get(f"bank-lines/{line['id']}/").json()["matches"]) == 2
    undone = shop.post(f"bank-lines/{line['id']}/unmatch/", {"reason": "again"})
    assert (undone.status_code, undone.json()["matched"]) == (200, "0.000000"), undone.content
    assert shop.post(f"bank-lines/{line['id']}/match/", body).status_code == 201
    shop.post(f"bank-lines/{rest['id']}/match/", {"parties": [{"party": "C1", "amount": "30"}]})

    pk = sent.json()["statements"][0]["statement"]
    agreed = shop.post(f"bank-statements/{pk}/reconcile/", {})
    assert agreed.status_code == 201, agreed.content
    for path, id in (("bank-statements/", pk), ("bank-accounts/", account)):
        assert [row["id"] for row in shop.get(path).json()["results"]] == [id]
    status = shop.get(f"bank-accounts/{account}/status/").json()
    assert (status["bank"], status["book"], status["open_count"], status["reconciled_to"]) == (
        "187.480000", "187.480000", 0, "2026-03-31",
    )  # fmt: skip
    reopened = shop.post(f"bank-reconciliations/{agreed.json()['id']}/reopen/", {"reason": "A fee"})
    assert reopened.status_code == 201
    assert run_checks().ok


def test_suggestions_are_read_and_accepted_and_rules_made(world, shop, account):
    invoice = owed(world.house.company, "70", name="Blue Door")
    charges = Account.objects.get(company=world.house.company, accountmapping__role="bank_charges").code
    rule = shop.post("bank-rules/", {"name": "Fees", "text_contains": "fee", "action": "account", "account": charges})
    assert rule.status_code == 201, rule.content
    send(shop, statement(booked("70.00", name="BLUE DOOR"), booked("-3.00", "2026-03-06", "Fee")), match="false")
    line, fee = BankLine.objects.order_by("date")

    [best, *_others] = shop.get(f"bank-lines/{line.pk}/suggestions/").json()
    assert (best["action"], best["reasons"][1]) == ("settle", "the name is theirs")
    assert best["documents"][0]["item"] == invoice.pk
    assert shop.post(f"bank-lines/{line.pk}/accept/", {"key": best["key"]}).status_code == 201
    gone = shop.post(f"bank-lines/{line.pk}/accept/", {"key": best["key"]})
    assert (gone.status_code, gone.json()["code"]) == (409, "suggestion_gone")
    changed = shop.client.patch(
        f"/api/v1/bank-rules/{rule.json()['id']}/", {"automatic": True}, content_type="application/json",
        headers={"authorization": f"Api-Key {shop.key}", "idempotency-key": "p1"},
    )  # fmt: skip
    assert (changed.status_code, changed.json()["automatic"]) == (200, True), changed.content
    assert shop.post(f"bank-accounts/{account}/certain/", {}).json() == {"matched": 1}

    fee.refresh_from_db()
    assert fee.matched == D(-3)
    assert run_checks().ok


def test_what_is_wrong_is_refused_by_name_and_writes_nothing(world, shop, account):
    send(shop, statement(booked("5.00")))
    [line] = BankLine.objects.all()
    rules = BankRule.objects.count()
    before = written()

    files = [
        (statement(booked("1.00"), closing="7.00"), "does_not_add_up"),
        (camt053([booked("1.00")], currency="GBP"), "unknown_account"),
        (camt053([booked("1.00")], iban=IBAN, currency="EUR"), "wrong_currency"),
        (statement(booked("1.00")).replace(b"2026-03-05", b"2026-02-30"), "bad_date"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "dtd_refused"),
        (b"", "empty_file"),
    ]
    for content, code in files:
        refused = send(shop, content)
        assert (refused.status_code, refused.json()["code"]) == (409, code), refused.content
    assert "line" in send(shop, files[3][0]).json()["context"]
    bodies = [
        ("match/", {}, 409),
        ("match/", {"items": [{"item": 10**9, "amount": "5"}]}, 404),
        ("match/", {"posts": [{"account": "nobody", "amount": "5"}]}, 404),
        ("match/", {"items": [{"item": 1}]}, 400),
        ("match/", {"posts": [{"account": "1", "amount": "NaN"}]}, 400),
        ("unmatch/", {"reason": "x"}, 409),
        ("unmatch/", {}, 400),
        ("accept/", {"key": "x"}, 409),
    ]
    for path, body, status in bodies:
        answer = shop.post(f"bank-lines/{line.pk}/{path}", body)
        assert answer.status_code == status, (path, body, answer.content)
    for body in (
        {"name": "A", "action": "account"},
        {"name": "A", "action": "account", "account": "x", "text_contains": "y"},
    ):
        assert shop.post("bank-rules/", body).status_code == 400

    assert (written(), BankRule.objects.count()) == (before, rules)


def test_scopes_channels_and_other_companies_see_nothing(world, shop, account):
    send(shop, statement(booked("5.00")))
    [line] = BankLine.objects.all()

    assert world.caller("bank:read", company_id=world.house.company.pk).get("bank-lines/").json()["results"] == []
    assert world.caller("stock:read", bound=False).get("bank-lines/").status_code == 403
    reader = world.caller("bank:read", bound=False, company_id=world.house.company.pk)
    assert reader.get(f"bank-lines/{line.pk}/").status_code == 200
    assert reader.post(f"bank-lines/{line.pk}/match/", {}).status_code == 403
    assert send(reader, statement(booked("6.00"))).status_code == 403
    assert BankLine.objects.count() == 1
