"""Filters given elsewhere than in a query string."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.http import QueryDict
from rest_framework.exceptions import ValidationError


def chosen(filters: type[django_filters.FilterSet], given: Mapping[str, Any], rows: Any) -> Any:
    """The rows that a filter outside a query string names. Raises ValidationError, also for an unknown name."""
    if unknown := sorted(set(given) - set(filters.base_filters)):
        raise ValidationError({unknown[0]: ["There is no such filter."]})
    asked = filters(QueryDict(urlencode(given, doseq=True)), rows)
    if not asked.is_valid():
        raise ValidationError(asked.errors)
    return asked.qs
