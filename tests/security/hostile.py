"""Damaged and hostile files, given to every reader of files of others; run as a process of its own.

Prints as JSON how many were read, refused and failed otherwise (with the first of those), the longest one's seconds and
the most memory in MB.
"""

import json
import os
import random
import re
import resource
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
django.setup()

from accounting.banking import BankFileRefused, read_statements  # noqa: E402
from accounting.banking.checking import check_statement  # noqa: E402
from backoffice.core import pictures  # noqa: E402
from backoffice.core.errors import DomainError  # noqa: E402
from backoffice.core.export import xlsx_chunks  # noqa: E402
from backoffice.core.stripping import stripped  # noqa: E402
from backoffice.core.tabular import rows  # noqa: E402
from backoffice.core.tabular.reading import open_table  # noqa: E402
from tests.factories.bank_files import booked, camt053, mt940  # noqa: E402
from tests.factories.pictures import png  # noqa: E402

LINES = [booked("119.00", text="INV-000001", name="Blue Door Ltd"), booked("-4.50", "2026-03-31", "Fees")]
OFX = (
    b"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT<TRNAMT>1</STMTTRN></OFX>"
)
TABLE = 'sku,name,price\nMUG,"Mug, blue",10.00\nCUP,Größe,5\n'.encode()
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0\x54\xff\xd9"
# Twelve ways to have an XML reader open something else, or more of it than there is.
FORMS = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    '<!DOCTYPE a [<!ENTITY x PUBLIC "p" "file:///etc/passwd">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a PUBLIC "p" "http://127.0.0.1:9/x">', '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    '<!DOCTYPE a [<!ENTITY % p "<!ENTITY x SYSTEM \'file:///etc/passwd\'>"> %p;]>',
    '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]>', f'<!DOCTYPE a [<!ENTITY x "{"y" * 50_000}">]>',
    '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]>', '<!DOCTYPE a [<!NOTATION n SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE a []>",
]  # fmt: skip


def bank(content: bytes) -> None:
    for statement in read_statements(content):
        check_statement(statement)


def table(content: bytes) -> None:
    for _line in open_table(content).lines():
        pass


def picture(content: bytes) -> None:
    readable = pictures.is_readable(content)
    if stripped(content) is None or not readable:
        raise DomainError("damaged")


def forms_of_xml() -> list[tuple[Callable[[bytes], None], bytes]]:
    found = []
    for form in FORMS:
        for name in ("x", "z"):
            head = f'<?xml version="1.0"?>{form}'.encode()
            body = camt053(LINES).partition(b"?>")[2].replace(b"Blue Door", f"&{name};".encode())
            found.append((bank, head + body))
    return found


SEEDS = [
    (bank, camt053(LINES)), (bank, mt940(LINES)), (bank, OFX), (table, TABLE), (table, TABLE.decode().encode("utf-16")),
    (table, b"".join(xlsx_chunks(["sku", "name"], [["MUG", "Mug"], ["CUP", "=1+1"]]))), (picture, png()), (picture, JPEG),
]  # fmt: skip
NASTY = [b"\0", b"\xff\xfe", b"=1+1", b"&x;", b"<" * 2000, b'"', b"9" * 400, b"1e309", b"-0", b"\r", b"]]>", b"<!DOCTYPE a>",
         "\u202e".encode(), b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"../../../etc/passwd\0.csv"]  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to four of: a byte turned, a piece cut, doubled or moved, something nasty put in, the end taken off."""
    for _time in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(content) + 1) for _side in range(2))
        way = chance.randrange(6)
        if way == 0:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif way == 1:
            content = content[:at] + content[to:]
        elif way == 2:
            content = content[:to] + content[at:to] * chance.randint(1, 20) + content[to:]
        elif way == 3:
            content = content[to:] + content[:at] + content[at:to]
        elif way == 4:
            content = content[:at] + chance.choice(NASTY) + content[at:]
        else:
            content = content[:at]
    return content


def main(count: int) -> None:
    # This is the process apart: five thousand of them would take an hour.
    rows.read_apart = pictures.read_apart = lambda read, _refusal, *given: read(*given)
    chance, told, longest, first = random.Random(5), Counter[str](), 0.0, ""
    given = forms_of_xml()
    hostile = len(given)
    given += [(read, damaged(content, chance)) for read, content in (SEEDS[at % len(SEEDS)] for at in range(count))]
    for number, (read, content) in enumerate(given):
        began = time.process_time()
        try:
            read(content)
            told["read"] += 1
            told["hostile read"] += number < hostile
        except (DomainError, BankFileRefused):
            told["refused"] += 1
        except Exception as error:
            told["failed"] += 1
            first = first or f"{read.__name__} {zlib.crc32(content)} {content[:200]!r}: {error!r}"
        longest = max(longest, time.process_time() - began)
    print(json.dumps(dict(told) | {"first": first, "longest_s": longest, "most_mb": most_memory_mb()}))


def most_memory_mb() -> float:
    """Of this program: what getrusage tells on Linux begins with the size of whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # macOS counts bytes


if __name__ == "__main__":
    main(5000)
