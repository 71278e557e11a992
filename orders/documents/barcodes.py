"""Barcodes as pictures that scale: Code 128 of a document's number, QR of what a phone should read."""

import re
from decimal import Decimal
from typing import Any

from accounting.selectors import Letterhead
from backoffice.core.money import round_money

LONGEST_QR = 900  # bytes; beyond that the squares are too small on paper
BAR_MM, WIDEST_MM = 0.33, 70.0  # the usual narrowest bar (13 mil); what fits beside a logo


def code_128(text: str) -> dict[str, Any]:
    """{"svg", "width_mm"}; empty for what the symbology cannot carry."""
    import zxingcpp

    if not text or not text.isascii() or len(text) > 40:
        return {}
    svg = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_svg()
    modules = re.search(r'<svg width="(\d+)"', svg)
    assert modules is not None
    return {"svg": svg, "width_mm": min(int(modules[1]) * BAR_MM, WIDEST_MM)}


def qr_code(text: str) -> str:
    """An SVG; "" where there is nothing, or too much, to say."""
    import zxingcpp

    if not text or len(text.encode()) > LONGEST_QR:
        return ""
    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()


def transfer_text(letterhead: Letterhead, total: Decimal, currency: str, number: str) -> str:
    """What a banking app reads to fill in a transfer in euro; "" where it cannot.

    European Payments Council, EPC069-12 "Quick Response Code: Guidelines to Enable Data Capture", version 002.
    """
    account = letterhead.bank_account.replace(" ", "").upper()
    if currency != "EUR" or not _is_iban(account) or not Decimal("0.01") <= total < Decimal("1000000000"):
        return ""
    name = " ".join((letterhead.legal_name or letterhead.name).split())[:70]
    lines = ["BCD", "002", "1", "SCT", letterhead.bank_code.replace(" ", "").upper(), name, account]
    return "\n".join([*lines, f"EUR{round_money(total, 2)}", "", "", number[:140]])


def _is_iban(account: str) -> bool:
    """ISO 13616: two letters, two check digits, and the whole, turned round, is 1 modulo 97."""
    if not (15 <= len(account) <= 34 and account.isascii() and account.isalnum() and account[:2].isalpha()):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1
