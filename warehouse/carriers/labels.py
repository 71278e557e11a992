"""Labels that are printed here: 4 × 6 inches as PDF, and ZPL for label printers at 203 dpi."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backoffice.core.typesetting import compile_pdf
from orders.documents.barcodes import code_128
from warehouse.carriers.base import Place

TEMPLATE = Path(__file__).with_name("label.typ")
WIDTH, HEIGHT = 812, 1218  # dots of 4 × 6 inches at 203 dpi


@dataclass(frozen=True, slots=True)
class LabelPaper:
    """What stands on a label. texts: the headings in the reader's language (from, to, weight, order, parcel)."""

    tracking_number: str
    carrier: str
    service: str
    sender: Place
    receiver: Place
    weight: str
    order_number: str
    parcel: str
    texts: tuple[tuple[str, str], ...]


def label_pdf(papers: Sequence[LabelPaper], *, ppi: int = 0) -> bytes:
    """One page each. ppi: instead, the first as PNG."""
    pages = [_page(paper) for paper in papers]
    return compile_pdf(TEMPLATE.read_bytes(), {"pages": pages}, ppi=ppi)


def _page(paper: LabelPaper) -> dict[str, Any]:
    return {
        "number": paper.tracking_number,
        "bars": code_128(paper.tracking_number)["svg"],
        "carrier": paper.carrier,
        "service": paper.service,
        "sender": _lines(paper.sender),
        "receiver": _lines(paper.receiver),
        "weight": paper.weight,
        "order": paper.order_number,
        "parcel": paper.parcel,
        "texts": dict(paper.texts),
    }


def _lines(place: Place) -> list[str]:
    town = " ".join(filter(None, (place.postcode, place.city)))
    return [line for line in (*place.lines, town, place.country, place.phone) if line]


def label_zpl(papers: Sequence[LabelPaper]) -> str:
    """ZPL II, one label each, in UTF-8; what could be a command in an address is written as its code."""
    return "".join(_zpl(paper) for paper in papers)


def _zpl(paper: LabelPaper) -> str:
    texts = dict(paper.texts)
    rows = ["^XA", "^CI28", f"^PW{WIDTH}", f"^LL{HEIGHT}", "^LH0,0"]
    rows += [_text(40, 40, 36, f"{paper.carrier} · {paper.service}"), "^FO30,90^GB752,3,3^FS"]
    rows.append(_text(40, 110, 24, texts["from"]))
    rows += [_text(40, 140 + 28 * n, 26, line) for n, line in enumerate(_lines(paper.sender)[:6])]
    rows += ["^FO30,320^GB752,3,3^FS", _text(40, 340, 28, texts["to"])]
    rows += [_text(40, 380 + 50 * n, 44, line) for n, line in enumerate(_lines(paper.receiver)[:7])]
    rows.append("^FO30,760^GB752,3,3^FS")
    rows.append(_text(40, 780, 30, f"{texts['weight']} {paper.weight}    {texts['parcel']} {paper.parcel}"))
    rows.append(_text(40, 820, 30, f"{texts['order']} {paper.order_number}"))
    rows.append(f"^FO80,890^BY3,2,200^BCN,200,Y,N,N,A^FH_^FD{_escaped(paper.tracking_number)}^FS")
    return "\n".join([*rows, "^XZ"]) + "\n"


def _text(x: int, y: int, size: int, text: str) -> str:
    return f"^FO{x},{y}^A0N,{size},{size}^FH_^FD{_escaped(text)[:240]}^FS"


def _escaped(text: str) -> str:
    """^FH_ makes _XX a byte: the underscore itself and the two command signs are written so."""
    return "".join(f"_{ord(sign):02X}" if sign in "_^~" or ord(sign) < 32 else sign for sign in text)
