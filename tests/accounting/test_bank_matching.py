"""Bank lines matched with what they are for, and taken back; complaints that other systems' users have, by number."""

import datetime
from decimal import Decimal as D

import pytest
from django.db import transaction

from accounting.errors import BankRefused, ItemOverused, NotFound, PaymentNotReversible
from accounting.models import AccountRole, BankLine, BankMatch, BankRule, JournalLine, OpenItem, Payment
from accounting.selectors import account_ids
from accounting.selectors.banking import book_balance, open_lines, outstanding, suggestions_for
from accounting.services import PaymentRequest, UseRequest, apply_items, record_payments
from accounting.services.banking import (
    EntryShare,
    ItemShare,
    MatchRequest,
    PartyShare,
    PostShare,
    TransferShare,
    accept_suggestion,
    match_certain,
    match_lines,
    unmatch_line,
)
from backoffice.core.proof import run_checks
from tests.factories.bank_files import booked
from tests.factories.banking import (
    DAY,
    make_bank,
    make_books,
    make_second_bank,
    number_of,
    owed,
    owing,
    take_in,
    written,
)
from tests.factories.books import ACTOR, make_party

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return make_books()


@pytest.fixture
def bank(company):
    return make_bank(company)


def match(company, *requests):
    return match_lines(requests, company_id=company.pk, actor=ACTOR)


def left(*items):
    return [OpenItem.objects.get(pk=item.pk).open_amount for item in items]


def line_of(*lines):
    return [
        (line.matched, line.is_matched)
        for line in BankLine.objects.filter(pk__in=[one.pk for one in lines]).order_by("pk")
    ]


def test_one_deposit_pays_many_documents_of_several_customers(company, bank):
    """frappe/erpnext#54823: one bank transaction against several documents."""
    first, second, third = owed(company, "100"), owed(company, "50"), owed(company, "30", code="C2")
    [line] = take_in(bank, booked("180.00"))

    [done] = match(company, MatchRequest(line.pk, items=(ItemShare(first.pk, D(100)), ItemShare(second.pk, D(50)), ItemShare(third.pk, D(30)))))  # fmt: skip

    assert (done.amount, done.open) == (D(180), D(0))
    assert left(first, second, third) == [0, 0, 0]
    assert Payment.objects.count() == 2  # one of each customer
    assert book_balance(bank) == D(180)
    assert run_checks().ok


def test_one_invoice_is_paid_by_many_deposits(company, bank):
    """frappe/erpnext#36448: several bank transactions against one voucher."""
    invoice = owed(company, "100")
    lines = take_in(bank, booked("40.00", text="a"), booked("35.00", "2026-03-06"), booked("25.00", "2026-03-09"))

    for line in lines:
        match(company, MatchRequest(line.pk, items=(ItemShare(invoice.pk, line.amount),)))

    assert left(invoice) == [0]
    assert line_of(*lines) == [(D(40), True), (D(35), True), (D(25), True)]
    assert run_checks().ok


def test_a_line_matches_itself_by_what_its_text_says(company, bank):
    """frappe/erpnext#34477: matching by hand, line for line."""
    invoices = [owed(company, amount, code=code) for amount, code in (("100", "C1"), ("60", "C2"), ("40", "C2"))]
    numbers = [number_of(item) for item in invoices]
    lines = take_in(
        bank,
        booked("100.00", text=f"Rechnung {numbers[0].lower()} danke"),
        booked("100.00", "2026-03-06", f"{numbers[1][:5]} {numbers[1][5:]} und {numbers[2]}"),  # parted by the bank
        booked("7.77", "2026-03-07", "who knows"),
    )

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 2

    assert left(*invoices) == [0, 0, 0]
    assert list(open_lines(bank.pk)) == [lines[2]]
    assert f"The text names {numbers[0]}" in BankMatch.objects.get(line=lines[0]).why
    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 0
    assert run_checks().ok


def test_two_lines_never_take_one_document(company, bank):
    invoice = owed(company, "100")
    number = number_of(invoice)
    take_in(bank, booked("100.00", text=number), booked("100.00", "2026-03-06", text=number))

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 1

    assert (left(invoice), open_lines(bank.pk).count()) == ([0], 1)


def test_a_part_an_over_payment_and_a_credit_note_set_off(company, bank):
    invoice, other = owed(company, "100"), owed(company, "20")
    [part, over] = take_in(bank, booked("60.00"), booked("65.00", "2026-03-06"))

    match(company, MatchRequest(part.pk, items=(ItemShare(invoice.pk, D(60)),)))
    match(company, MatchRequest(over.pk, items=(ItemShare(invoice.pk, D(40)), ItemShare(other.pk, D(20))),
                                parties=(PartyShare(invoice.party_id, D(5)),)))  # fmt: skip

    assert left(invoice, other) == [0, 0]
    advance = OpenItem.objects.get(kind="payment", used__lt=65, amount=65)
    assert (advance.side, advance.open_amount) == ("credit", D(5))
    assert run_checks().ok


def test_cents_are_written_off_within_the_limit_only(company, bank):
    invoice, bill = owed(company, "100"), owing(company, "30.00")
    [short, far, over] = take_in(bank, booked("99.97"), booked("90.00", "2026-03-06"), booked("-30.02", "2026-03-07"))
    whole = (ItemShare(invoice.pk, D(100)),)
    before = written()

    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        match(company, MatchRequest(far.pk, items=whole, write_off=True))
    assert (refusal.value.code, written()) == ("write_off_too_large", before)
    match(company, MatchRequest(short.pk, items=whole, write_off=True))
    match(company, MatchRequest(over.pk, items=(ItemShare(bill.pk, D(30)),), write_off=True))

    assert left(invoice, bill) == [0, 0]
    rounding = account_ids(company.pk)[AccountRole.ROUNDING]
    assert [line.base_amount for line in JournalLine.objects.filter(account_id=rounding).order_by("pk")] == [
        D("0.03"),
        D("0.02"),
    ]
    assert book_balance(bank) == D("69.95")
    assert run_checks().ok


def test_a_fee_is_kept_back_from_a_payment(company, bank):
    invoice = owed(company, "100")
    charges = account_ids(company.pk)[AccountRole.BANK_CHARGES]
    [line] = take_in(bank, booked("97.50"))

    match(
        company,
        MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(100)),), posts=(PostShare(charges, D("-2.50"), "Fee"),)),
    )

    assert (left(invoice), line_of(line)) == ([0], [(D("97.5"), True)])
    assert JournalLine.objects.get(account_id=charges).amount == D("2.5")
    assert run_checks().ok


def test_a_transfer_between_own_accounts_is_one_entry_for_both_lines(company, bank):
    savings = make_second_bank(company)
    [out] = take_in(bank, booked("-500.00", account=savings.number))
    [into] = take_in(savings, booked("500.00", "2026-03-06", account=bank.number))

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 1

    assert line_of(out, into) == [(D(-500), True), (D(500), True)]
    assert len(set(BankMatch.objects.values_list("entry_id", flat=True))) == 1
    assert (book_balance(bank), book_balance(savings)) == (D(-500), D(500))
    unmatch_line(into.pk, company_id=company.pk, actor=ACTOR, reason="wrong")
    assert book_balance(savings) == D(500)  # the other account's line still stands on the entry
    assert run_checks().ok


def test_what_the_books_have_is_matched_and_not_posted_again(company, bank):
    invoice = owed(company, "100")
    [paid] = record_payments(
        [PaymentRequest(invoice.party_id, "in", D(100), "EUR", DAY, "payment:1", reference="WIRE-7788")],
        company_id=company.pk, actor=ACTOR,
    )  # fmt: skip
    apply_items(
        [UseRequest(invoice.pk, paid.open_item_id, D(100), "use:1")],
        company_id=company.pk,
        date=DAY.date(),
        actor=ACTOR,
    )
    [line] = take_in(bank, booked("100.00", text="Ref WIRE 7788"))
    assert [row.entry_id for row in outstanding(bank, DAY.date(), DAY.date())] == [paid.entry_id]

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 1

    assert (Payment.objects.count(), line_of(line), book_balance(bank)) == (1, [(D(100), True)], D(100))
    assert outstanding(bank, DAY.date(), DAY.date()) == []
    unmatch_line(line.pk, company_id=company.pk, actor=ACTOR, reason="not ours")
    assert (Payment.objects.count(), left(invoice)) == (1, [0])  # what the books had stays
    assert run_checks().ok


def test_unmatching_reverses_and_deletes_nothing(company, bank):
    invoice = owed(company, "100")
    [line] = take_in(bank, booked("99.98"))
    match(company, MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(100)),), write_off=True))
    rows = written()

    unmatch_line(line.pk, company_id=company.pk, actor=ACTOR, reason="Another customer's")

    assert (left(invoice), line_of(line), book_balance(bank)) == ([100], [(0, False)], 0)
    assert all(after >= before for after, before in zip(written(), rows, strict=True))
    assert [row.amount for row in BankMatch.objects.order_by("pk")] == [D("99.98"), D("-99.98")]
    match(company, MatchRequest(line.pk, parties=(PartyShare(invoice.party_id, D("99.98")),)))  # and once more
    assert line_of(line) == [(D("99.98"), True)]
    assert run_checks().ok


def test_what_is_used_elsewhere_is_not_unmatched(company, bank):
    invoice = owed(company, "100")
    [line] = take_in(bank, booked("120.00"))
    match(
        company,
        MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(100)),), parties=(PartyShare(invoice.party_id, D(20)),)),
    )
    later = owed(company, "20")
    payment = Payment.objects.get()
    apply_items(
        [UseRequest(later.pk, payment.open_item_id, D(20), "later")],
        company_id=company.pk,
        date=DAY.date(),
        actor=ACTOR,
    )
    before = written()

    with pytest.raises(PaymentNotReversible), transaction.atomic():
        unmatch_line(line.pk, company_id=company.pk, actor=ACTOR, reason="x")

    assert written() == before


def test_refusals_are_named_and_nothing_is_written(company, bank):
    invoice, roles = owed(company, "100"), account_ids(company.pk)
    other = make_books("other")
    strange = owed(other, "5")
    [line, out] = take_in(bank, booked("50.00"), booked("-50.00", "2026-03-06"))
    match(company, MatchRequest(out.pk, posts=(PostShare(roles[AccountRole.BANK_CHARGES], D(-50)),)))
    before = written()
    cases = [
        (BankRefused, "nothing_to_match", MatchRequest(line.pk)),
        (BankRefused, "more_than_the_line", MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(51)),))),
        (BankRefused, "wrong_direction", MatchRequest(line.pk, posts=(PostShare(roles[AccountRole.BANK_CHARGES], D(-1)),))),
        (BankRefused, "bad_amount", MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(-5)),))),
        (BankRefused, "control_account", MatchRequest(line.pk, posts=(PostShare(roles[AccountRole.RECEIVABLE], D(50)),))),
        (BankRefused, "control_account", MatchRequest(line.pk, posts=(PostShare(bank.account_id, D(50)),))),
        (BankRefused, "already_matched", MatchRequest(out.pk, parties=(PartyShare(invoice.party_id, D(-50)),))),
        (BankRefused, "entry_not_open", MatchRequest(line.pk, entries=(EntryShare(invoice.entry_id, D(50)),))),
        (NotFound, "not_found", MatchRequest(line.pk, items=(ItemShare(strange.pk, D(5)),))),
        (NotFound, "not_found", MatchRequest(line.pk, transfers=(TransferShare(bank.pk, D(50)),))),
        (NotFound, "not_found", MatchRequest(10**9, items=(ItemShare(invoice.pk, D(5)),))),
    ]  # fmt: skip
    for kind, code, request in cases:
        with pytest.raises(kind) as refusal, transaction.atomic():
            match(company, request)
        assert refusal.value.code == code, request
    small = owed(company, "10")
    before = written()
    with pytest.raises(ItemOverused), transaction.atomic():
        match(company, MatchRequest(line.pk, items=(ItemShare(small.pk, D(11)),)))

    assert written() == before


def test_a_rule_posts_by_itself_and_another_only_suggests(company, bank):
    charges = account_ids(company.pk)[AccountRole.BANK_CHARGES]
    BankRule.objects.create(company=company, name="Fees", automatic=True, direction="out", text_contains="entgelt|fee",
                            max_amount=D(20), action="account", account_id=charges, position=1)  # fmt: skip
    landlord = make_party(company, "LORD")
    BankRule.objects.create(company=company, name="Rent", text_contains="miete", action="party", party=landlord)
    fee, rent, large = take_in(bank, booked("-4.90", text="Entgelt März"), booked("-800", "2026-03-06", "Miete"),
                               booked("-25", "2026-03-07", "Entgelt"))  # fmt: skip

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 1

    assert line_of(fee, rent, large) == [(D("-4.9"), True), (0, False), (0, False)]
    assert BankMatch.objects.get().rule.name == "Fees"
    [found] = suggestions_for([rent], bank)[rent.pk]
    assert (found.action, found.reasons) == ("party", ("Rule “Rent”",))
    accept_suggestion(rent.pk, found.key, company_id=company.pk, actor=ACTOR)
    assert OpenItem.objects.get(party=landlord).open_amount == D(800)
    assert run_checks().ok


def test_suggestions_say_why(company, bank):
    blue = owed(company, "70", code="B", name="Blue Door Ltd")
    more = owed(company, "30", code="B")
    [once] = take_in(bank, booked("12.00", name="Someone", account="FR7612345"))
    match(company, MatchRequest(once.pk, parties=(PartyShare(blue.party_id, D(12)),)))
    exact, both, known, stale = take_in(
        bank, booked("70.00", "2026-03-10", name="BLUE DOOR LTD."), booked("100.00", "2026-03-11", name="Blue Door"),
        booked("30.00", "2026-03-12", name="X", account="FR76 12345"), booked("1.00", "2026-03-13", name="Nobody"),
        opening="1012.00", start="2026-03-09",
    )[1:]  # fmt: skip

    found = suggestions_for([exact, both, known, stale], bank)

    assert [share[0].item_id for share in found[exact.pk][0].documents] == [blue.pk]
    assert found[exact.pk][0].reasons[1] == "the name is theirs"
    assert [share[0].item_id for share in found[both.pk][0].documents] == [blue.pk, more.pk]
    assert "together make this amount" in found[both.pk][0].reasons[0]
    assert found[known.pk][0].reasons == (f"{number_of(more)} is open with this amount", "this account was matched with them before")  # fmt: skip
    assert found[stale.pk] == []
    assert not any(one.certain for one in (found[exact.pk][0], found[both.pk][0], found[known.pk][0]))


def test_a_collective_booking_is_matched_payment_by_payment(company, bank):
    one, two = owed(company, "100"), owed(company, "19", code="C2")
    parts = ((D("100.00"), f"for {number_of(one)}"), (D("19.00"), number_of(two)))
    [line] = take_in(bank, booked("119.00", parts=parts))

    assert match_certain(bank.pk, company_id=company.pk, actor=ACTOR) == 1

    assert (left(one, two), line_of(line)) == ([0, 0], [(D(119), True)])


def test_a_refund_goes_out_against_a_customers_credit(company, bank):
    invoice = owed(company, "100")
    [came, went] = take_in(bank, booked("130.00"), booked("-30.00", "2026-03-09"))
    match(
        company,
        MatchRequest(came.pk, items=(ItemShare(invoice.pk, D(100)),), parties=(PartyShare(invoice.party_id, D(30)),)),
    )
    credit = OpenItem.objects.get(kind="payment")

    match(company, MatchRequest(went.pk, items=(ItemShare(credit.pk, D(30)),)))

    assert (left(invoice, credit), line_of(came, went)) == ([0, 0], [(D(130), True), (D(-30), True)])
    assert run_checks().ok


def test_five_hundred_lines_cost_what_one_costs(company, bank, django_assert_max_num_queries):
    items = [owed(company, "10", key=f"i{n}") for n in range(60)]
    lines = take_in(bank, *(booked("10.00", text=f"n{n}") for n in range(60)))
    first, *rest = zip(lines, items, strict=True)

    with django_assert_max_num_queries(26):
        match(company, MatchRequest(first[0].pk, items=(ItemShare(first[1].pk, D(10)),)))
    with django_assert_max_num_queries(26):
        match(company, *(MatchRequest(line.pk, items=(ItemShare(item.pk, D(10)),)) for line, item in rest))

    assert open_lines(bank.pk).count() == 0


def test_a_closed_month_takes_nothing_and_the_first_open_day_is_posted(company, bank):
    from accounting.models import Period
    from accounting.services import close_period

    invoice = owed(company, "10")
    [line] = take_in(bank, booked("10.00"))
    period = Period.objects.get(company=company, start_date=datetime.date(2026, 3, 1))
    close_period(period_id=period.pk, company_id=company.pk, state="locked", actor=ACTOR)

    match(company, MatchRequest(line.pk, items=(ItemShare(invoice.pk, D(10)),)))

    assert Payment.objects.get().date == datetime.date(2026, 4, 1)
    assert run_checks().ok
