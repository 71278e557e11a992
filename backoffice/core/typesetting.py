"""From data to PDF: typst, with our own fonts, nothing from the machine and nothing from the network (ADR 0010)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

TIMEOUT_S = 60
FONTS = Path(__file__).parent / "fonts"


def compile_pdf(
    template: bytes, data: Mapping[str, Any], files: Mapping[str, bytes] | None = None, *, ppi: int = 0
) -> bytes:
    """What a template makes of data, which it reads as data.json and never as template code; same data, same bytes.

    files: all else that the template may read, by name. ppi: instead of a PDF, the first page as PNG.
    """
    import typst

    inputs: Any = {"main.typ": template, "data.json": json.dumps(data, ensure_ascii=False).encode()}
    with TemporaryDirectory() as root:
        for name, content in (files or {}).items():
            Path(root, name).write_bytes(content)
        made = typst.compile(
            inputs,
            root=root,
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            format="png" if ppi else "pdf",
            ppi=float(ppi) if ppi else None,
        )
    return made[0] if isinstance(made, list) else made


def compile_apart(template: bytes, data: Mapping[str, Any]) -> bytes:
    """compile_pdf in a process of its own: typst keeps what it made of the last documents in memory, and a long one
    takes 150 MB. Raises CalledProcessError, TimeoutExpired."""
    given = json.dumps({"template": template.decode(), "data": data}, ensure_ascii=False).encode()
    done = subprocess.run([sys.executable, __file__], input=given, capture_output=True, check=True, timeout=TIMEOUT_S)
    return done.stdout


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(compile_pdf(asked["template"].encode(), asked["data"]))
