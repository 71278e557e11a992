"""Which format a bank file is, and what stands in it."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounting.banking.camt import read_camt
from accounting.banking.csv_files import read_csv
from accounting.banking.csv_profiles import CsvProfile
from accounting.banking.errors import BankFileRefused, refuse
from accounting.banking.mt940 import read_mt940
from accounting.banking.ofx import read_ofx
from accounting.banking.qif import read_qif
from accounting.banking.statement import Statement
from accounting.banking.values import check_size
from backoffice.core.apart import read_apart

SMALL = 128 * 1024  # bytes; what a file of this size can cost is nothing
_MT940 = re.compile(rb"^:(\d\d[A-Z]?|NS):", re.MULTILINE)
_OFX = re.compile(rb"<OFX\s*>|^OFXHEADER|<\?OFX|^DATA:OFXSGML", re.IGNORECASE | re.MULTILINE)
_QIF = re.compile(rb"^!(Type|Account|Option)", re.IGNORECASE | re.MULTILINE)


def format_of(content: bytes) -> str:
    """camt, ofx, mt940, qif or csv, by what the file begins with. Raises BankFileRefused."""
    check_size(content)
    head = content[:4096]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = content[:8192].decode("utf-16", "ignore").encode()
    if _OFX.search(head):
        return "ofx"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "camt"
    if _QIF.search(head):
        return "qif"
    if _MT940.search(head.replace(b"\r", b"\n")):
        return "mt940"
    if head.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise refuse(
            "unknown_format",
            _("This is no statement file (camt, MT940, OFX, QIF or CSV); a PDF or workbook cannot be read."),
        )
    return "csv"


def read_statements(
    content: bytes, *, profile: CsvProfile | None = None, own: Sequence[CsvProfile] = (), currency: str = ""
) -> list[Statement]:
    """Every statement of a file; a large one is read in a process of its own. Raises BankFileRefused.

    profile: to read a CSV file by; own: the company's profiles, tried first. currency: of a QIF file, which says none.
    """
    if len(content) <= SMALL:
        return read_here(content, profile, own, currency)
    check_size(content)
    return read_apart(read_here, _too_costly, content, profile, list(own), currency)


def _too_costly(detail: str) -> BankFileRefused:
    return refuse("too_costly", detail)


def read_here(content: bytes, profile: CsvProfile | None, own: Sequence[CsvProfile], currency: str) -> list[Statement]:
    """Every statement of a file. Raises BankFileRefused."""
    form = format_of(content) if profile is None else "csv"
    if form == "csv":
        return read_csv(content, profile=profile, own=own)
    if form == "qif":
        return read_qif(content, currency=currency)
    return {"camt": read_camt, "ofx": read_ofx, "mt940": read_mt940}[form](content)
