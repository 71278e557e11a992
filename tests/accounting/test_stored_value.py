"""Gift cards, store credit and deposits: liabilities that are never spent twice, never below zero, always posted."""

import datetime
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from accounting.codes import make_code, read_code
from accounting.errors import (
    CurrencyDiffers,
    NotFound,
    SourceKeyReused,
    StoredValueExpired,
    StoredValueLive,
    StoredValueShort,
    UnknownCode,
)
from accounting.models import JournalEntry, JournalLine, OpenItem, StoredValue, StoredValueUse
from accounting.selectors import stored_value_by_code
from accounting.services import (
    IssueRequest,
    Paid,
    SpendRequest,
    UseRequest,
    apply_items,
    code_of,
    expire_stored_value,
    issue_invoices,
    issue_stored_value,
    post_entries,
    set_exchange_rate,
    spend_stored_value,
)
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_invoice_line, make_party
from tests.factories.floor import broken_checks
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def party(company):
    return make_party(company)


def card(amount="50", *, key="card:1", kind="gift_card", role="cash", **values):
    given = {"kind": kind, "currency": "GBP", "paid": [Paid(D(amount), role)], "effective_at": NOON, "source_key": key}
    return IssueRequest(**(given | values))


def issue(company, *requests):
    return issue_stored_value(requests or [card()], company_id=company.pk, actor=ACTOR)


def spend(company, value_id, amount, *, key="use:1", **values):
    given = {"stored_value_id": value_id, "amount": D(amount), "effective_at": NOON, "source_key": key} | values
    return spend_stored_value([SpendRequest(**given)], company_id=company.pk, actor=ACTOR)


def lines_of(entry_id):
    rows = JournalLine.objects.filter(entry_id=entry_id).order_by("id").select_related("account")
    return [(line.account.code, line.amount, line.base_amount) for line in rows]


def left(value_id):
    return StoredValue.objects.get(pk=value_id).open_amount


def written():
    return tuple(model.objects.count() for model in (JournalEntry, JournalLine, OpenItem, StoredValue, StoredValueUse))


@contextmanager
def nothing_written(error):
    before = written()
    with refused(error):
        yield
    assert written() == before


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_a_gift_card_is_a_liability_with_a_code_that_is_not_kept(company):
    (issued,) = issue(company)

    assert issued.state == "issued"
    assert lines_of(issued.entry_id) == [("1010", 50, 50), ("2041", -50, -50)]
    value = StoredValue.objects.get(pk=issued.stored_value_id)
    assert (value.kind, value.open_amount, value.code_hint) == ("gift_card", 50, issued.code[-4:])
    assert issued.code not in str(StoredValue.objects.values())
    assert code_of(value) == issued.code  # to be printed again
    typed = issued.code.lower().replace("-", " ")
    assert stored_value_by_code(company.pk, typed) == value
    assert broken_checks() == []


def test_the_same_request_gives_the_same_card(company):
    (first,), (second,) = issue(company), issue(company)

    assert (second.state, second.stored_value_id, second.code) == ("already", first.stored_value_id, first.code)
    with nothing_written(SourceKeyReused):
        issue(company, card("60"))


def test_a_card_pays_an_invoice_in_parts_and_never_more_than_it_has(company, party):
    (issued,) = issue(company)
    (invoice,) = issue_invoices([make_invoice(party, make_invoice_line("80"))], company_id=company.pk, actor=ACTOR)

    (spent,) = spend(company, issued.stored_value_id, "30", party_id=party.pk)
    apply_items(
        [UseRequest(invoice.open_item_id, spent.open_item_id, D(30), "pay:1")],
        company_id=company.pk,
        date=NOON.date(),
        actor=ACTOR,
    )

    assert lines_of(spent.entry_id) == [("2041", 30, 30), ("1110", -30, -30)]
    assert left(issued.stored_value_id) == 20
    assert OpenItem.objects.get(pk=invoice.open_item_id).open_amount == 50
    with nothing_written(StoredValueShort):
        spend(company, issued.stored_value_id, "20.01", key="use:2", party_id=party.pk)
    spend(company, issued.stored_value_id, "20", key="use:2", party_id=party.pk)
    assert left(issued.stored_value_id) == 0
    assert broken_checks() == []


def test_spending_again_under_the_same_key_takes_nothing(company, party):
    (issued,) = issue(company)
    (first,) = spend(company, issued.stored_value_id, "30", party_id=party.pk)
    (second,) = spend(company, issued.stored_value_id, "30", party_id=party.pk)

    assert second == first.__class__(first.use_id, first.entry_id, first.open_item_id, first.date, "already")
    assert left(issued.stored_value_id) == 20
    with nothing_written(SourceKeyReused):
        spend(company, issued.stored_value_id, "10", party_id=party.pk)


def test_a_card_pays_for_a_deposit_in_one_entry(company, party):
    (paying,) = issue(company)
    paid = [Paid(D(20), stored_value_id=paying.stored_value_id), Paid(D(5), "clearing")]
    (deposit,) = issue(company, card(kind="deposit", key="deposit:1", paid=paid, party_id=party.pk))

    assert lines_of(deposit.entry_id) == [("2041", 20, 20), ("1050", 5, 5), ("2030", -25, -25)]
    assert (deposit.code, left(paying.stored_value_id), left(deposit.stored_value_id)) == ("", 30, 25)
    check_now()
    assert broken_checks() == []


def test_an_expired_card_is_refused_and_a_mistyped_code_too(company, party):
    (issued,) = issue(company, card(expires_on=NOON.date()))
    late = NOON + datetime.timedelta(days=1)

    with nothing_written(StoredValueExpired):
        spend(company, issued.stored_value_id, "1", effective_at=late, party_id=party.pk)
    spend(company, issued.stored_value_id, "1", party_id=party.pk)
    with pytest.raises(UnknownCode):
        stored_value_by_code(company.pk, "AAAA-AAAA-AAAA-AAAB")
    with pytest.raises(UnknownCode):
        stored_value_by_code(make_company("other").pk, issued.code)


def test_what_is_left_on_an_expired_card_becomes_income(company, party):
    (issued,) = issue(company, card(expires_on=NOON.date()))
    spend(company, issued.stored_value_id, "30", party_id=party.pk)
    late = NOON + datetime.timedelta(days=1)

    with nothing_written(StoredValueLive):
        expire_stored_value([issued.stored_value_id], company_id=company.pk, effective_at=NOON, actor=ACTOR)
    (done,) = expire_stored_value([issued.stored_value_id], company_id=company.pk, effective_at=late, actor=ACTOR)

    assert lines_of(done.entry_id) == [("2041", 20, 20), ("4030", -20, -20)]
    assert left(issued.stored_value_id) == 0
    with nothing_written(StoredValueLive):
        expire_stored_value([issued.stored_value_id], company_id=company.pk, effective_at=late, actor=ACTOR)
    assert broken_checks() == []


def test_a_card_of_another_company_or_currency_is_refused(company, party):
    (issued,) = issue(company)
    other = make_company("other")

    with nothing_written(NotFound):
        spend(other, issued.stored_value_id, "1", account_role="cash")
    set_exchange_rate(company_id=company.pk, currency="USD", date=NOON.date(), rate=D("0.8"))
    with nothing_written(CurrencyDiffers):
        issue(company, card(key="d", kind="deposit", currency="USD", paid=[Paid(D(1), "", issued.stored_value_id)]))


def test_a_foreign_deposit_paid_out_at_another_rate_leaves_the_difference(company, party):
    for day, rate in ((NOON.date(), "0.8"), (NOON.date() + datetime.timedelta(days=1), "0.9")):
        set_exchange_rate(company_id=company.pk, currency="USD", date=day, rate=D(rate))
    (deposit,) = issue(company, card("100", kind="deposit", currency="USD", party_id=party.pk))
    later = NOON + datetime.timedelta(days=1)
    (out,) = spend(company, deposit.stored_value_id, "50", effective_at=later, account_role="cash", kind="pay_out")

    assert lines_of(deposit.entry_id) == [("1010", 100, 80), ("2030", -100, -80)]
    assert lines_of(out.entry_id) == [("2030", 50, 40), ("1010", -50, -45), ("7030", 0, 5)]
    assert broken_checks() == []


def test_a_batch_costs_what_one_costs(company, party, django_assert_num_queries):
    issue(company)  # dimension and period look-ups are warm
    for count in (1, 40):
        requests = [card("1", key=f"batch:{count}:{i}") for i in range(count)]
        with django_assert_num_queries(5):
            made = issue(company, *requests)
        spends = [
            SpendRequest(m.stored_value_id, D(1), NOON, f"spend:{m.stored_value_id}", party_id=party.pk) for m in made
        ]
        with django_assert_num_queries(7):
            spend_stored_value(spends, company_id=company.pk, actor=ACTOR)


def test_nobody_posts_to_the_liabilities_by_hand(company):
    for role in ("gift_cards", "store_credit", "deposits"):
        with pytest.raises(DatabaseError, match="journalline_control_own_subledger"), transaction.atomic():
            post_entries([make_entry(company, key=role, credit=role)], company_id=company.pk, actor=ACTOR)


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE accounting_storedvalue SET used = 0", "permission denied"),
        ("DELETE FROM accounting_storedvalueuse", "permission denied"),
        (
            "INSERT INTO accounting_storedvalueuse (company_id, stored_value_id, kind, amount, base_amount, date,"
            " entry_id, source_key, actor_label) SELECT company_id, id, 'spend', 51, 50, date, entry_id, 'x', 'x'"
            " FROM accounting_storedvalue",
            "storedvalue_used_within_amount",
        ),
        (
            "INSERT INTO accounting_storedvalueuse (company_id, stored_value_id, kind, amount, base_amount, date,"
            " entry_id, source_key, actor_label) SELECT company_id, id, 'spend', 10, 10, date, entry_id, 'x', 'x'"
            " FROM accounting_storedvalue",
            "storedvalue_of_entry",
        ),
        (
            "INSERT INTO accounting_storedvalue (company_id, kind, account_id, entry_id, currency, amount,"
            " base_amount, code_digest, code_hint, date, source_type, source_key, actor_label) SELECT company_id,"
            " kind, account_id, entry_id, currency, 10, 10, 'x', '', date, '', 'y', 'x' FROM accounting_storedvalue",
            "storedvalue_of_entry",
        ),
    ],
)
def test_going_round_the_service_is_refused(company, sql, rule):
    issue(company)
    check_now()

    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_code_tells_a_wrong_letter():
    code = make_code(bytes(range(10)))

    assert read_code(code) == read_code(f" {code.lower()} ") == code
    wrong = {code[:place] + ("A" if letter != "A" else "B") + code[place + 1 :] for place, letter in enumerate(code)}
    assert {read_code(text) for text in wrong if text.count("-") == 3} == {""}
    assert read_code("") == read_code("1" * 16) == ""
