"""Bank files as they come: what each format says, and what is refused by name with its line or field."""

import datetime
from decimal import Decimal as D

import pytest

from accounting.banking import BankFileRefused, read_statements
from accounting.banking.checking import check_statement
from accounting.banking.csv_profiles import CsvProfile
from tests.factories.bank_files import booked, camt053, mt940

LINES = [booked("119.00", text="INV-000001", name="Blue Door Ltd"), booked("-4.50", "2026-03-31", "Fees")]


def refused(content, **options) -> BankFileRefused:
    with pytest.raises(BankFileRefused) as refusal:
        for statement in read_statements(content, **options):
            check_statement(statement)
    return refusal.value


def test_camt_and_mt940_say_the_same():
    (camt,), (swift,) = read_statements(camt053(LINES)), read_statements(mt940(LINES))

    check_statement(camt)
    check_statement(swift)
    for statement in (camt, swift):
        assert (statement.opening.amount, statement.closing.amount) == (D("1000.00"), D("1114.50"))
        assert [(line.date, line.amount, line.name, line.text) for line in statement.lines] == [
            (datetime.date(2026, 3, 5), D("119.00"), "Blue Door Ltd", "INV-000001"),
            (datetime.date(2026, 3, 31), D("-4.50"), "", "Fees"),
        ]


def test_a_collective_booking_keeps_its_payments():
    parts = ((D("100.00"), "INV-000001"), (D("19.00"), "INV-000002"))
    (statement,) = read_statements(camt053([booked("119.00", parts=parts)]))

    assert [(part.amount, part.text) for part in statement.lines[0].parts] == list(parts)
    assert statement.lines[0].text == ""


def test_a_reversal_has_the_sign_of_what_it_does():
    content = mt940([]).replace(b":62F:", b":61:2603050305RC10,00NTRFNONREF\n:61:2603050305RD4,00NTRFNONREF\n:62F:")

    (statement,) = read_statements(content)

    assert [(line.amount, line.is_reversal) for line in statement.lines] == [(D("-10.00"), True), (D("4.00"), True)]


def test_announced_entries_do_not_count():
    content = camt053([booked("119.00")], closing="1000.00").replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")

    (statement,) = read_statements(content)

    check_statement(statement)
    assert statement.booked == ()


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&lol2;</Document>"""
EXTERNAL = b'<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<a/>'
DEEP = b"<a>" * 100_000 + b"</a>" * 100_000


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (BOMB, "dtd_refused", 2),
        (EXTERNAL, "dtd_refused", 2),
        (b'<?xml version="1.0"?><!DOCTYPE OFX SYSTEM "x"><OFX></OFX>', "dtd_refused", 1),
        (DEEP, "too_deep", 1),
        (b"<OFX>" + b"<A>" * 100, "too_deep", 1),
        (camt053(LINES)[:-30], "not_well_formed", 9),
        (camt053(LINES).replace(b"Blue Door", b"Bl\xfce Door"), "bad_encoding", 7),
        (camt053(LINES).replace(b"UTF-8", b"NOBODYS-8"), "bad_encoding", None),
        (camt053(LINES).replace(b"2026-03-31</Dt></BookgDt>", b"2026-02-30</Dt></BookgDt>"), "bad_date", 8),
        (camt053(LINES).replace(b">119.00<", b">1l9.00<"), "bad_amount", 7),
        (camt053(LINES).replace(b'<Amt Ccy="EUR">119.00', b"<Amt>119.00"), "bad_currency", 7),
        (camt053(LINES).replace(b'<Amt Ccy="EUR">119.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>',
                                b'<Amt Ccy="USD">119.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>'), "wrong_currency", 7),
        (camt053(LINES).replace(b"<IBAN>DE89370400440532013000</IBAN>", b""), "missing_field", 4),
        (camt053(LINES).replace(b"<Cd>CLBD</Cd>", b"<Cd>CLAV</Cd>"), "missing_balance", 4),
        (camt053(LINES).replace(b"<Cd>OPBD</Cd>", b"<Cd>OPAV</Cd>"), "missing_balance", 4),
        (camt053(LINES, closing="9.99"), "does_not_add_up", 4),
        (mt940(LINES).replace(b":61:2603310331", b":61:2602300230"), "bad_date", 7),
        (mt940(LINES).replace(b"D4,50", b"D4.5.0"), "bad_tag", 7),
        (mt940(LINES).replace(b":62F:C260331EUR1114,50\n", b""), "missing_balance", 1),
        (mt940(LINES).replace(b"1114,50", b"1115,50"), "does_not_add_up", 1),
        (b"", "empty_file", None),
        (b"PK\x03\x04 a workbook", "unknown_format", None),
        (b"Datum;Betrag\n1;2\n", "unknown_csv", 1),
        (b'"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
         b'"02/30/2022","Posted","ATM","","x","$5.00","","$1.00"\n', "bad_date", 2),
        (b'"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
         b'"02/20/2022","Posted","ATM","","x","$5,00.00","","$1.00"\n', "bad_amount", 2),
        (b'"Date","Status","Type","CheckNumber","Description","Withdrawal","Deposit","RunningBalance"\n'
         b'"02/20/2022","Posted","ATM","","x","$5.00","$6.00","$1.00"\n', "bad_amount", 2),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name_and_line(content, code, line):
    refusal = refused(content)

    assert (refusal.code, refusal.context.get("line")) == (code, line)


def test_a_profile_of_ones_own_reads_an_unknown_bank():
    profile = CsvProfile(
        "mine", "My bank",
        {"date": ("Datum",), "amount": ("Betrag",), "text": ("Zweck", "Info"), "account": ("Konto",)},
        delimiter=";", decimal=",", dates=("%d.%m.%Y",), currency="EUR",
    )  # fmt: skip
    content = 'Export\n\nKonto;Datum;Betrag;Zweck;Info\n12;05.03.2026;1.234,50;"Über\nzwei";x\n12;04.03.2026;-1;b;\n'

    (statement,) = read_statements(content.encode("cp1252"), own=[profile])

    assert [(line.line, line.date.day, line.amount, line.text) for line in statement.lines] == [
        (6, 4, D("-1"), "b"),
        (4, 5, D("1234.50"), "Über zwei x"),
    ]
    assert refused(b"a;b\n1;2\n", profile=profile).code == "wrong_profile"
