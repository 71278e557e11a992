"""The bank desk as an accountant works at it."""

from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.models import AccountRole, BankLine, BankMatch, BankReconciliation, BankStatement, OpenItem, Payment
from accounting.selectors import account_ids
from backoffice.core.proof import run_checks
from tests.factories.bank_files import booked, camt053
from tests.factories.banking import make_bank, make_books, make_second_bank, number_of, owed, written
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank():
    return make_bank(make_books())


@pytest.fixture
def desk(bank):
    client = sign_in("accountant")
    client.page = lambda **query: client.get(
        reverse("admin:accounting_bank_desk", args=[bank.pk]), query
    ).content.decode()
    client.do = lambda name, *args, **data: client.post(
        reverse(f"admin:accounting_bank_{name}", args=[bank.pk, *args]), data
    )
    client.take = lambda content: client.do("upload", file=SimpleUploadedFile("march.xml", content))
    return client


def test_a_statement_is_taken_in_worked_through_and_agreed(bank, desk):
    first, second = owed(bank.company, "100"), owed(bank.company, "60", name="Blue Door")
    charges = account_ids(bank.company_id)[AccountRole.BANK_CHARGES]
    lines = [
        booked("100.00", text=number_of(first)),
        booked("59.98", "2026-03-06", name="BLUE DOOR", text="thanks &lt;b&gt;bold"),
        booked("-4.50", "2026-03-31", "Entgelt"),
    ]

    answer = desk.take(camt053(lines, opening="0.00", start="2026-02-28"))

    assert said(answer) == ["1 lines matched by themselves."]
    page = desk.page()
    assert "BLUE DOOR" in page and "&lt;b&gt;bold" in page and "<b>bold" not in page
    open_line, fee = BankLine.objects.filter(matched=0).order_by("date")
    page = desk.page(line=open_line.pk, q=number_of(second))
    assert f'name="item-{second.pk}"' in page and "the name is theirs" in page
    refused = desk.do("match", open_line.pk, **{f"item-{second.pk}": "61", "brings_in": str(second.pk)})
    assert "more than" in said(refused)[0] and BankMatch.objects.count() == 1
    moved = desk.do("match", open_line.pk, **{f"item-{second.pk}": "60", "brings_in": str(second.pk), "write_off": "1"})
    assert f"line={fee.pk}" in moved.url  # on to the next
    desk.do("match", fee.pk, account=str(charges), memo="March")

    assert [OpenItem.objects.get(pk=item.pk).open_amount for item in (first, second)] == [0, 0]
    assert "Every line is matched" in desk.page()
    desk.do("reconcile", statement=BankStatement.objects.get().pk)
    assert BankReconciliation.objects.get().closing == D("155.48")
    assert "2026" in desk.page(show="matched")
    assert run_checks().ok


def test_a_suggestion_is_taken_by_its_number_and_taken_back_with_a_reason(bank, desk):
    invoice = owed(bank.company, "70", name="Blue Door")
    desk.take(camt053([booked("70.00", name="Blue Door")], opening="0.00"))
    line = BankLine.objects.get()
    page = desk.page(line=line.pk)
    key = page.split('name="key" value="')[1].split('"')[0]
    assert 'data-key="1"' in page and "<kbd>s</kbd>" in page and "Take the first suggestion" in page

    desk.do("accept", line.pk, key=key)
    assert Payment.objects.get().amount == 70
    before = written()
    assert said(desk.do("unmatch", line.pk, reason="")) and written() == before
    desk.do("unmatch", line.pk, reason="Not hers")

    assert OpenItem.objects.get(pk=invoice.pk).open_amount == 70
    assert "Not hers" in BankMatch.objects.latest("pk").why
    assert run_checks().ok


def test_a_bad_file_is_refused_with_its_line_and_nothing_is_written(bank, desk):
    before = written()

    for content, sentence in (
        (camt053([booked("1.00")], closing="5.00"), "closing balance"),
        (camt053([booked("1.00")], iban="FR7630006000011234567890189"), "not of"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DTD"),
        (b"", "empty"),
    ):
        assert sentence in said(desk.take(content))[0]

    assert written() == before


def test_a_transfer_and_the_rights(bank, desk):
    savings = make_second_bank(bank.company)
    desk.take(camt053([booked("-20.00")], opening="50.00"))
    line = BankLine.objects.get()

    desk.do("match", line.pk, transfer=str(savings.pk))

    assert BankMatch.objects.get().kind == "transfer"
    stranger = sign_in("warehouse_lead")
    assert stranger.get(reverse("admin:accounting_bank_desk", args=[bank.pk])).status_code == 403
    assert (
        stranger.post(reverse("admin:accounting_bank_unmatch", args=[bank.pk, line.pk]), {"reason": "x"}).status_code
        == 403
    )
    assert BankMatch.objects.count() == 1
    for name in ("bankaccount", "bankrule", "bankstatement", "bankline", "bankcsvprofile", "bankreconciliation"):
        assert desk.get(reverse(f"admin:accounting_{name}_changelist")).status_code == 200
    for name in ("bankaccount", "bankrule", "bankcsvprofile"):
        assert desk.get(reverse(f"admin:accounting_{name}_add")).status_code == 200
    assert desk.get(reverse("admin:accounting_bank_desks")).url.endswith(f"/desk/{bank.pk}/")
