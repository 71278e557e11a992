"""Filters given elsewhere than in a query string."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.exceptions import ValidationError


def chosen(filters: type[django_filters.FilterSet], given: Mapping[str, Any], rows: Any) -> Any:
    """The rows that a filter outside a query string names. Raises ValidationError, also for an unknown name."""
    if unknown := sorted(set(given) - set(filters.base_filters)):
        raise ValidationError({unknown[0]: ["There is no such filter."]})
    asked = filters(QueryDict(urlencode(given, doseq=True)), rows)
    if not asked.is_valid():
        raise ValidationError(asked.errors)
    return asked.qs


class _YesNoField(forms.Field):
    def to_python(self, value: Any) -> bool | None:
        text = str(value or "").lower()
        if text in ("", "true", "1", "false", "0"):
            return None if not text else text in ("true", "1")
        raise forms.ValidationError(_("Give true or false."), code="invalid")


class YesNo(django_filters.BooleanFilter):
    """true or false; anything else is refused, where the library's own would pass it over and show all rows."""

    field_class = _YesNoField


class RowId(django_filters.NumberFilter):
    """The id of a row: a whole number that the database can hold, where the library's own takes 0.5 and finds nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 0, "max_value": 2**63 - 1} | kwargs)


class _OfFields(FilterSet):
    """A list's filters by the names of its fields. The library's own refuses the id of no row: it would so tell of others'
    that they are there."""

    FILTER_DEFAULTS = {
        **FilterSet.FILTER_DEFAULTS,
        models.ForeignKey: {"filter_class": RowId},
        models.OneToOneField: {"filter_class": RowId},
    }


class Filters(DjangoFilterBackend):
    filterset_base = _OfFields
