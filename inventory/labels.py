"""Labels with a barcode, a page each of 62 × 29 mm, as label printers take them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_LABELS = 500
# Sizes that keep a bar's width at 0.25 mm or more, which every hand scanner reads.
_PAGE = """
#set page(width: 62mm, height: 29mm, margin: 2mm)
#set block(spacing: 1mm)
#set par(spacing: 1mm)
#set text(font: ("Noto Sans", "Noto Sans Georgian", "Noto Sans Armenian", "Libertinus Serif"), size: 7pt)
#for (place, label) in json("labels.json").enumerate() {
  if place > 0 { pagebreak() }
  block(height: 5mm, clip: true, text(size: 7pt, label.name))
  align(center, image(label.picture, width: 56mm, height: 13mm, fit: "contain"))
  align(center, text(size: 8pt, weight: "bold", label.code) + h(3mm) + text(size: 7pt, label.note))
}
"""


@dataclass(frozen=True, slots=True)
class BarcodeLabel:
    """code: what is scanned. note: e.g. the SKU and how many a pack holds."""

    code: str
    symbology: str  # gtin or code128
    name: str
    note: str = ""


def labels_pdf(labels: Sequence[BarcodeLabel], *, kind: str = "pdf") -> bytes:
    """One page for each label; kind png: a picture of a single one, at the 203 dpi of label printers."""
    import json

    import typst

    files: dict[str, Any] = {"main.typ": _PAGE.encode()}
    rows: list[Any] = []
    for label in labels:
        name = f"code-{len(rows)}.svg"
        files[name] = _picture(label).encode()
        rows.append({"name": label.name[:120], "code": label.code, "note": label.note, "picture": name})
    files["labels.json"] = json.dumps(rows).encode()
    source: Any = files
    return typst.compile(source, format=kind, ppi=203)  # type: ignore[return-value, call-overload]


def _picture(label: BarcodeLabel) -> str:
    import zxingcpp

    formats = zxingcpp.BarcodeFormat
    kind = formats.Code128
    if label.symbology == "gtin":
        kind = {8: formats.EAN8, 12: formats.UPCA, 13: formats.EAN13, 14: formats.ITF}[len(label.code)]
    return zxingcpp.create_barcode(label.code, kind).to_svg(add_quiet_zones=True)
