"""Papers kept with documents."""

from accounting.models import Attachment


def attachments_of(object_type: str, object_id: int) -> list[Attachment]:
    """In the order in which they came. Statements: 1."""
    return list(Attachment.objects.filter(object_type=object_type, object_id=object_id).order_by("pk"))
