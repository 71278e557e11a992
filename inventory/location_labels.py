"""Labels of places: a PDF for sheets or label printers, and ZPL for printers that are sent text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput

MAX_LABELS = 2_000
SHEETS = ("a4", "label")

# a4: 3 × 8 labels of 70 × 37 mm, as they are sold; label: one a page of 100 × 50 mm.
_PAGE = """
#let rows = json("labels.json")
#set text(font: ("Noto Sans", "Noto Sans Georgian", "Noto Sans Armenian", "Libertinus Serif"))
#set par(spacing: 1mm)
#set block(spacing: 1mm)
#let label(row, code-size, bar-height) = align(center + horizon, stack(
  spacing: 2mm,
  text(size: code-size, weight: "bold", row.code),
  image(row.picture, width: 88%, height: bar-height, fit: "contain"),
  text(size: 7pt, row.note),
))
#if SHEET == "a4" [
  #set page(paper: "a4", margin: 0mm)
  #grid(columns: (70mm,) * 3, rows: 37.125mm, ..rows.map(row => box(width: 70mm, height: 37mm, inset: 3mm, clip: true, label(row, 15pt, 13mm))))
] else [
  #set page(width: 100mm, height: 50mm, margin: 4mm)
  #for (place, row) in rows.enumerate() {
    if place > 0 { pagebreak() }
    box(width: 100%, height: 100%, clip: true, label(row, 24pt, 20mm))
  }
]
"""


@dataclass(frozen=True, slots=True)
class PlaceLabel:
    """code: what is scanned. note: warehouse, zone, type."""

    code: str
    note: str = ""


def labels_of(places: Sequence[Any], form: str) -> tuple[bytes, str]:
    """The labels of places (rows of Location) and their media type. form: a4, label or zpl.

    Raises InvalidInput without places, or with too many.
    """
    if not places or len(places) > MAX_LABELS:
        message = _("Choose between one and %(most)s places.") % {"most": MAX_LABELS}
        raise InvalidInput(message, errors=[{"field": "", "message": message, "code": "too_many"}])
    labels = []
    for place in places:
        parts = (
            place.warehouse.code if place.warehouse else "",
            place.zone.code if place.zone else "",
            place.bin_type.name if place.bin_type else "",
        )
        labels.append(PlaceLabel(place.code, " · ".join(part for part in parts if part)))
    if form == "zpl":
        return place_labels_zpl(labels).encode(), "text/plain; charset=utf-8"
    return place_labels_pdf(labels, sheet=form), "application/pdf"


def place_labels_pdf(labels: Sequence[PlaceLabel], *, sheet: str = "a4", kind: str = "pdf") -> bytes:
    """kind png: a picture of the first page, at the 203 dpi of label printers."""
    import json

    import typst

    files: dict[str, Any] = {"main.typ": f'#let SHEET = "{sheet if sheet in SHEETS else "a4"}"\n{_PAGE}'.encode()}
    rows: list[Any] = []
    for label in labels:
        name = f"code-{len(rows)}.svg"
        files[name] = _bars(label.code).encode()
        rows.append({"code": label.code, "note": label.note, "picture": name})
    files["labels.json"] = json.dumps(rows).encode()
    source: Any = files
    return typst.compile(source, format=kind, ppi=203)  # type: ignore[return-value, call-overload]


def _bars(code: str) -> str:
    import zxingcpp

    return zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128).to_svg(add_quiet_zones=True)


def place_labels_zpl(labels: Sequence[PlaceLabel]) -> str:
    """100 × 50 mm at 203 dpi (800 × 400 dots). A code's signs that ZPL reads as commands are sent as hex (^FH)."""
    return "\n".join(
        "^XA^CI28^PW800^LL400"
        f"^FO0,40^A0N,80,80^FB800,1,0,C^FH_^FD{_hex(label.code)}^FS"
        f"^FO{max(0, (800 - _width(label.code)) // 2)},140^BY2^BCN,160,N,N,N^FH_^FD{_hex(label.code)}^FS"
        f"^FO0,340^A0N,30,30^FB800,1,0,C^FH_^FD{_hex(label.note)}^FS^XZ"
        for label in labels
    )


def _width(code: str) -> int:
    """Dots of a Code 128 at two dots a module: start, check and stop beside the signs, 11 modules each."""
    return 2 * (11 * (len(code) + 2) + 13)


def _hex(text: str) -> str:
    return "".join(f"_{ord(sign):02X}" if sign in "^~_\\>" else sign for sign in text)
