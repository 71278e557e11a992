"""Labels of handling units: GS1-128 with the SSCC (AI 00), or Code 128 of our own number; PDF and ZPL."""

from collections.abc import Sequence
from pathlib import Path

from backoffice.core.typesetting import compile_pdf
from warehouse.models import HandlingUnit
from warehouse.sscc import is_sscc

TEMPLATE = Path(__file__).with_name("unit_label.typ")


def bars(code: str) -> str:
    """As SVG; an SSCC with its application identifier, so that any scanner knows what it is."""
    import zxingcpp

    kind = zxingcpp.BarcodeFormat.Code128
    if is_sscc(code):
        return str(zxingcpp.create_barcode(f"(00){code}", kind, gs1=True).to_svg())
    return str(zxingcpp.create_barcode(code, kind).to_svg())


def unit_labels_pdf(units: Sequence[HandlingUnit], *, ppi: int = 0) -> bytes:
    """4 × 6 inches, one page each. ppi: instead, the first as PNG."""
    pages = [
        {
            "bars": bars(unit.code),
            "number": f"(00) {unit.code}" if is_sscc(unit.code) else unit.code,
            "kind": str(unit.get_kind_display()),
            "company": unit.company.name,
            "place": unit.warehouse.code,
        }
        for unit in units
    ]
    return compile_pdf(TEMPLATE.read_bytes(), {"pages": pages}, ppi=ppi)


def unit_labels_zpl(units: Sequence[HandlingUnit]) -> str:
    """^BC in mode D is GS1-128: the printer sets FNC1 and leaves the brackets out."""
    found = []
    for unit in units:
        data, mode = (f"(00){unit.code}", "D") if is_sscc(unit.code) else (unit.code, "N")
        rows = (
            "^XA", "^CI28", "^PW812", "^LL1218", f"^FO40,60^A0N,60,60^FD{unit.get_kind_display()}^FS",
            f"^FO60,400^BY4,2,420^BCN,420,Y,N,N,{mode}^FD{data}^FS", "^XZ",
        )  # fmt: skip
        found.append("\n".join(rows))
    return "\n".join(found) + "\n"
