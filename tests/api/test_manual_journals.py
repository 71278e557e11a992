"""Journals by hand over HTTP: four eyes, refusals by line and field, papers, repetitions."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.core.api.auth import make_api_key
from backoffice.core.approval_limits import set_threshold
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.journals import journal_facts
from tests.factories.photos import png

SCOPES = ("accounting:read", "journals:write", "journals:approve")


@pytest.fixture
def desk(world):
    world.desk = world.caller(*SCOPES, bound=False, company_id=world.house.id)
    _key, secret = make_api_key(
        name="chief", user=User.objects.create_superuser("chief"), scopes=SCOPES, company_id=world.house.id
    )
    world.chief = Caller(secret)
    return world


def body(*lines, **values):
    rows = lines or (("6520", "100"), ("1020", "-100"))
    given = [{"account": code, "amount": amount, "dimensions": {"channel": "web"}} for code, amount in rows]
    return {"date": "2026-03-10", "memo": "Rent", "lines": given} | values


def test_one_is_drafted_changed_approved_by_another_and_reversed(desk):
    set_threshold(company_id=desk.house.id, action="manual_journal", amount=50, actor=ACTOR)
    made = desk.desk.post("manual-journals/", body()).json()
    where = f"manual-journals/{made['id']}/"
    changed = desk.desk.post(f"{where}change/", body(memo="Rent of March", version=made["version"])).json()
    assert (changed["memo"], changed["version"]) == ("Rent of March", 2)
    assert desk.desk.post(f"{where}submit/", {}).json()["status"] == "submitted"
    before = journal_facts()
    own = desk.desk.post(f"{where}approve/", {})
    assert (own.status_code, own.json()["code"]) == (409, "own_document")
    assert journal_facts() == before
    done = desk.chief.post(f"{where}approve/", {}).json()
    assert (done["status"], done["lines"][0]["dimensions"]) == ("posted", "channel=web")
    entry = desk.desk.get(f"journal-entries/{done['entry']}/").json()
    assert (entry["source_type"], entry["source_id"]) == ("accounting.manualjournal", made["id"])

    gone = desk.chief.post(f"{where}reverse/", {"reason": "Twice", "date": "2026-04-02"}).json()
    assert (gone["status"], desk.desk.get(f"journal-entries/{gone['reversal']}/").json()["date"]) == (
        "reversed", "2026-04-02",
    )  # fmt: skip
    listed = desk.desk.get("manual-journals/", status="reversed").json()["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert run_checks().ok


@pytest.mark.parametrize(
    ("given", "status", "named"),
    [
        (body(date="2026-02-30"), 400, "date"),
        (body(("6520", "100"), ("1020", "-99")), 409, "unbalanced"),
        (body(("6520", "100"), ("1110", "-100")), 409, "control_account"),
        (body(("NOPE", "100"), ("1020", "-100")), 400, "lines.0.account"),
        (body(("6520", "1e40"), ("1020", "-100")), 400, "lines.0.amount"),
        (body(("6520", "NaN"), ("1020", "-100")), 400, "lines.0.amount"),
        (body(currency="USD"), 409, "exchange_rate_missing"),
        (body(lines=[]), 400, "lines"),
        (body(lines=[{"account": "6520", "amount": "1", "party": "ZZ"}]), 400, "lines.0.party"),
        (body(lines=[{"account": c, "amount": a, "dimensions": {"a;b": "c"}} for c, a in (("6520", "1"), ("1020", "-1"))]), 409, "bad_dimension"),
    ],
)  # fmt: skip
def test_wrong_ones_are_refused_and_nothing_is_written(desk, given, status, named):
    before = journal_facts()

    response = desk.desk.post("manual-journals/", given)

    told = response.json()
    assert (response.status_code, told["errors"][0]["field"] if "errors" in told else told["code"]) == (status, named)
    assert journal_facts() == before


def test_a_control_account_names_the_line(desk):
    told = desk.desk.post("manual-journals/", body(("6520", "100"), ("1110", "-100"))).json()
    assert (told["context"]["row"], told["context"]["field"]) == (2, "lines.1.account")


def test_papers_are_kept_and_given_back(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = desk.desk.post("manual-journals/", body()).json()["id"]
    where = f"/api/v1/manual-journals/{made}/"
    headers = {"authorization": f"Api-Key {desk.desk.key}"}
    file = SimpleUploadedFile("scan.png", png())
    kept = desk.desk.client.post(f"{where}add-paper/", {"file": file}, headers=headers)
    assert (kept.status_code, kept.json()["content_type"]) == (201, "image/png")
    assert [row["name"] for row in desk.desk.get(f"manual-journals/{made}/papers/").json()] == ["scan.png"]
    shown = desk.desk.get(f"manual-journals/{made}/papers/{kept.json()['id']}/")
    assert b"".join(shown.streaming_content) == png() and shown["X-Content-Type-Options"] == "nosniff"
    bad = desk.desk.client.post(f"{where}add-paper/", {"file": SimpleUploadedFile("x", b"\x00\x00")}, headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (409, "file_type")
    assert desk.desk.client.post(f"{where}add-paper/", {}, headers=headers).status_code == 400


def test_a_posted_one_is_repeated(desk):
    made = desk.desk.post("manual-journals/", body()).json()["id"]
    given = {"pattern": made, "name": "Rent", "first_date": "2026-04-01"}
    assert desk.desk.post("recurring-journals/", given).json()["code"] == "not_posted"
    desk.desk.post(f"manual-journals/{made}/submit/", {})
    schedule = desk.desk.post("recurring-journals/", given).json()
    where = f"recurring-journals/{schedule['id']}/"
    assert desk.desk.post(f"{where}activate/", {}).json()["status"] == "active"
    assert desk.desk.post(f"{where}pause/", {"reason": "Wait"}).json()["status"] == "paused"
    assert desk.desk.post(f"{where}end/", {}).json()["status"] == "ended"
    refused = desk.desk.post(f"{where}activate/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert desk.desk.get("recurring-journals/").json()["results"][0]["next_date"] == "2026-04-01"


def test_a_reader_writes_nothing(desk):
    reader = desk.caller("accounting:read", bound=False, company_id=desk.house.id)
    made = desk.desk.post("manual-journals/", body()).json()["id"]
    before = journal_facts()
    assert reader.get(f"manual-journals/{made}/").status_code == 200
    assert reader.post("manual-journals/", body()).status_code == 403
    for step in ("submit", "approve", "cancel", "reverse"):
        assert reader.post(f"manual-journals/{made}/{step}/", {"reason": "x"}).status_code == 403
    assert journal_facts() == before
