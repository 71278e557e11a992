"""Receivables and payables by age as pages: from a sum to the open items, their documents and the party's lines."""

import pytest
from django.urls import reverse

from accounting.models import ItemUse
from tests.factories.staff import sign_in
from tests.pages.test_statements import file, links

DAY = {"end": "2026-03-31"}


def test_receivables_lead_to_items_documents_and_the_party_s_lines(world):
    client = sign_in("accountant")

    page = client.get(reverse("receivables_by_age"), DAY).content.decode()

    assert "33.50" in page and "run the proof" not in page
    items = next(link for link in links(page) if "open-items" in link and "party=" in link)
    statement = next(link for link in links(page) if "party-statement" in link and "party=" in link)
    shown = client.get(items).content.decode()
    assert "INV-000001" in shown
    document = next(link for link in links(shown) if "/orders/shipment/" in link and "change" in link)
    assert client.get(document).status_code == 200
    told = client.get(statement).content.decode()
    assert told.count("33.50") >= 3 and "INV-000001" in told and "Open on" in told
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF-")):
        answer = client.get(f"{statement}&as={kind}")
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert content.startswith(start)
    for name in ("receivables_by_age", "payables_by_age", "open_items"):
        assert file(client, name, **DAY, **{"as": "csv"}) and file(client, name, **DAY, **{"as": "pdf"})[:5] == b"%PDF-"
        assert sign_in("picker").get(reverse(name)).status_code == 403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"end": "2026-02-30"}, "not_a_date"),
        ({"party": "nobody"}, "unknown_party"),
        ({"buckets": "60,30"}, "not_days"),
        ({"company": "theirs"}, "unknown_company"),
    ],
)
def test_what_makes_no_sense_is_named_and_nothing_is_written(world, query, code):
    before = ItemUse.objects.count()

    page = sign_in("accountant").get(reverse("receivables_by_age"), query)

    assert page.status_code == 400 and code in page.content.decode()
    assert ItemUse.objects.count() == before


def test_a_statement_of_account_is_of_one_known_party(world):
    client = sign_in("accountant")

    asked = client.get(reverse("party_statement"))
    assert asked.status_code == 200 and "Name the customer or supplier." in asked.content.decode()
    assert client.get(reverse("party_statement"), {"as": "csv"}).status_code == 400
    page = client.get(reverse("party_statement"), {"party": "nobody"})
    assert page.status_code == 400 and "unknown_party" in page.content.decode()
    assert sign_in("picker").get(reverse("party_statement")).status_code == 403
