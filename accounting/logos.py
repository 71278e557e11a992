"""Which pictures may stand on documents: PNG and JPEG that the printer really can read."""

import hashlib
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from backoffice.core.pictures import is_readable, picture_format, picture_size

MAX_BYTES = 1024 * 1024
MAX_SIDE_PX = 4000


def check_logo(file: Any) -> None:
    """Raises ValidationError for what is no PNG or JPEG within the limits. SVG is refused: it can carry scripts."""
    if file.size > MAX_BYTES:
        raise ValidationError(_("The logo is larger than 1 MB."), code="logo_too_large")
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    file.seek(0)
    side = picture_size(content)
    if side is None:
        raise ValidationError(_("The logo must be a PNG or JPEG picture."), code="logo_type")
    if not all(0 < length <= MAX_SIDE_PX for length in side):
        raise ValidationError(_("The logo has more than 4,000 pixels a side."), code="logo_dimensions")
    if not is_readable(content):
        raise ValidationError(_("The logo is damaged: it cannot be read to its end."), code="logo_damaged")


def logo_path(company: Any, filename: str) -> str:
    """Where a logo is stored: named by its content, so that a stored one never changes and old documents keep theirs."""
    file = company.logo
    file.seek(0)
    content = file.read()
    file.seek(0)
    return f"logos/{hashlib.sha256(content).hexdigest()[:32]}.{picture_format(content)}"


def read_logos(names: Collection[str]) -> dict[str, tuple[str, bytes]]:
    """(file name for the template, content) by stored name. One that is gone is left out: the paper still prints."""
    found: dict[str, tuple[str, bytes]] = {}
    for name in sorted(filter(None, names)):
        try:
            with default_storage.open(name) as file:
                content = file.read(MAX_BYTES + 1)
        except OSError:
            continue
        if kind := picture_format(content):
            found[name] = (f"logo-{len(found)}.{kind}", content)
    return found
