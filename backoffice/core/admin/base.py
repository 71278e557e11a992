"""What every page of the admin shares: lists that never count a whole table, and rows that cannot be edited."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from backoffice.core.show import STATUS_LABELS, in_words, kind_name, show_money, show_number, show_quantity, show_time

__all__ = [
    "STATUS_LABELS",
    "FactAdmin",
    "HouseAdmin",
    "in_words",
    "kind_name",
    "show_money",
    "show_number",
    "show_quantity",
    "show_time",
]


class HouseAdmin(ModelAdmin):
    """Lists of 50 without counting, and wide pages."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = InfinitePaginator
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True


class FactAdmin(HouseAdmin):
    """Facts and totals: looked at here, written by services only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
