"""Pages by cursor: no count over the table, and no row is skipped or repeated while others arrive."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Newest first; `limit` 1 to 200, 50 if not given; `next` and `previous` are whole addresses."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
