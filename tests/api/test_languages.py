"""What the API refuses with is in the caller's language, also what its framework says by itself."""

import inspect
from collections.abc import Iterator

import pytest
from django.utils import translation
from django.utils.functional import Promise
from rest_framework import exceptions, fields, relations, serializers, validators

from tests.factories.staff import sign_in


def sayings() -> Iterator[str]:
    """Every sentence with which the framework's own classes refuse, in English."""
    for module in (exceptions, fields, relations, serializers, validators):
        for _name, found in inspect.getmembers(module, inspect.isclass):
            names = "default_detail", "message", "missing_message", "extra_detail_singular", "extra_detail_plural"
            said = [getattr(found, name, None) for name in names]
            said += list(getattr(found, "default_error_messages", {}).values())
            yield from (str(text) for text in said if isinstance(text, (Promise, str)))


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_all_that_the_framework_says_is_translated(language):
    with translation.override(None):
        known = {text for text in sayings() if text}
    with translation.override(language):
        assert sorted(text for text in known if translation.gettext(text) == text) == []


@pytest.mark.django_db
def test_a_refusal_is_in_the_callers_language():
    client = sign_in("owner")
    call = {"headers": {"accept-language": "ka"}}

    gone = client.get("/api/v1/orders/99999999/", **call).json()
    unset = client.post("/api/v1/orders/", {"note": None}, content_type="application/json", **call).json()

    assert gone["code"] == "not_found" and "matches the given" not in gone["detail"]
    assert not any(word in gone["detail"] for word in ("Order", "Not found"))
    assert "This field" not in str(unset)
