"""Which files may be kept with a document: by what they are, never by their name. Pure."""

import hashlib
from typing import Any

from django.utils.translation import gettext as _

from accounting.errors import AttachmentRefused
from accounting.papers import paper_format

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 20
TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "txt": "text/plain"}
ENDINGS = {content_type: ending for ending, content_type in TYPES.items()}


def attachment_type(content: bytes) -> str:
    """The content type. Raises AttachmentRefused: empty, too_large, file_type.

    Plain text (CSV, an e-mail) is taken if it is UTF-8 without control characters, and only ever served as text.
    """
    if not content:
        raise AttachmentRefused(_("The file is empty."), code="empty", field="file")
    if len(content) > MAX_BYTES:
        raise AttachmentRefused(_("The file is larger than 10 MB."), code="too_large", field="file")
    kind = paper_format(content) or ("txt" if _is_text(content) else "")
    if not kind:
        raise AttachmentRefused(_("The file must be a PDF, PNG, JPEG or a plain text."), code="file_type", field="file")
    return TYPES[kind]


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\r\n" for letter in text)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attachment_path(attachment: Any, filename: str) -> str:
    ending = ENDINGS[attachment.content_type]
    folder = f"{attachment.object_type}/{attachment.object_id}"
    return f"attachments/{folder}/{attachment.digest[:32]}.{ending}"
