"""Each number that a body of the API may hold is a row's id that is looked at, or said here to be none."""

from collections import defaultdict

from django.apps import apps
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator

from backoffice.core.registry import registry

# Quantities, positions, settings.
NUMBERS = {
    "count", "daily_limit", "day_of_month", "days", "days_a", "days_b", "days_c", "digits", "every_months", "first_number",
    "height_mm", "keep_former_s", "lead_minutes", "lead_time_days", "length_mm", "max_orders", "months", "period_days",
    "pick_sequence", "position", "priority", "round_orders", "seconds", "sequence", "share_percent", "start", "tare_g",
    "up_to_g", "version", "weekday", "weekdays", "width_mm", "year",
}  # fmt: skip
# Rows of the whole company, which no warehouse or channel limits.
COMPANYS = {
    "bank_account", "bill", "bill_line", "entry", "item", "lot", "pattern", "product", "profile", "saved_view", "service",
}  # fmt: skip
# Parts of the row in the address, which the service takes from it alone; or looked at by the view itself.
PARTS = {"charge", "id", "ids", "line", "run", "tasks"}


def numbers_in(schema, components, operation, found, seen=()):
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return None if name in seen else numbers_in(components[name], components, operation, found, (*seen, name))
    for part in [each for key in ("allOf", "oneOf", "anyOf") for each in schema.get(key, [])]:
        numbers_in(part, components, operation, found, seen)
    numbers_in(schema["items"], components, operation, found, seen) if "items" in schema else None
    for name, value in schema.get("properties", {}).items():
        if "integer" in (value.get("type"), value.get("items", {}).get("type")) and not value.get("readOnly"):
            found[name].add(operation)
        numbers_in(value, components, operation, found, seen)
    return None


def test_every_number_in_a_body_is_an_id_that_is_looked_at_or_none():
    schema, found = SchemaGenerator().get_schema(request=None, public=True), defaultdict(set)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                numbers_in(content["schema"], schema["components"]["schemas"], f"{method} {path}", found)
    views = {getattr(pattern.callback, "cls", None) for pattern in _patterns(get_resolver().url_patterns)}
    of_views = {name for view in views for name in getattr(view, "body_rows", {})}

    assert len(found) > 40
    assert {name: sorted(where)[:3] for name, where in found.items() if name not in
            {*registry.body_rows(), *of_views, *NUMBERS, *COMPANYS, *PARTS}} == {}  # fmt: skip
    labels = {
        *registry.body_rows().values(),
        *(label for view in views for label in getattr(view, "body_rows", {}).values()),
    }
    assert {label for label in labels if apps.get_model(label)._meta.label_lower not in registry.scopes()} == set()


def _patterns(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern
