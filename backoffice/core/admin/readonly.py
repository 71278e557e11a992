"""How fields that are only looked at are shown on a row's page: numbers without idle zeros, codes in words."""

import re
from collections.abc import Callable
from functools import cache, partial

from django.db import models

from backoffice.core.show import in_words, kind_name, who_of

CODES = {"action", "job", "kind", "reason", "state", "status"}
KINDS = {"object_type", "source_type", "subject_type"}


@cache
def shown_as(model: type[models.Model]) -> dict[str, Callable[[str], str]]:
    """What is done to a field's text before it is shown, by field; for the theme's readonly_preprocess_fields."""
    found: dict[str, Callable[[str], str]] = {}
    for field in model._meta.get_fields():
        if isinstance(field, models.DecimalField):
            found[field.name] = partial(without_zeros, places=field.decimal_places)
        elif isinstance(field, models.CharField) and not field.choices:
            if field.name in KINDS:
                found[field.name] = kind_name
            elif field.name in CODES:
                found[field.name] = in_words
            elif field.name == "actor_label":
                found[field.name] = who_of
    return found


def without_zeros(text: str, *, places: int) -> str:
    """ "47,000000" is "47", "64709.460000" is "64709.46"; what is no number stays."""
    number = re.fullmatch(rf"(\D?[\d\s.,]*\d)([.,])(\d{{{places}}})", text) if places else None
    if number is None:
        return text
    whole, mark, part = number.groups()
    part = part.rstrip("0")
    return f"{whole}{mark}{part}" if part else whole
