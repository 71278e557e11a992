"""Photos of returns as an answer, for the pages and the API; whoever calls has asked for the right."""

from django.http import HttpResponse

from backoffice.core.stripping import MEDIA_TYPES
from orders.models import ReturnPhoto


def photo_response(photo: ReturnPhoto) -> HttpResponse:
    """The picture as what it was found to be, kept by nobody on the way, and nothing in it is run."""
    with photo.content.open() as file:
        content = file.read()
    name = f"{photo.return_line.return_order.number}-{photo.pk}.{photo.kind}"
    return HttpResponse(
        content,
        content_type=MEDIA_TYPES[photo.kind],
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


def find_photo(return_order_id: int, photo_id: int) -> ReturnPhoto | None:
    """A photo that was not erased, with its return. Statements: 1."""
    rows = ReturnPhoto.objects.select_related("return_line__return_order")
    return rows.filter(pk=photo_id, return_line__return_order_id=return_order_id, erased_at__isnull=True).first()
