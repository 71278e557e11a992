"""Codes that pages show as words have their words in each language."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from backoffice.core.show import in_words

ROOT = Path(__file__).parents[2]


def jobs():
    found = (
        re.findall(r'job="([a-z_]+)"', path.read_text()) for path in (ROOT / "integrations/services").rglob("*.py")
    )
    return sorted({job for names in found for job in names})


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_every_job_of_a_channel_is_named_in_the_readers_language(language):
    assert len(jobs()) > 6

    with translation.override(language):
        assert [job for job in jobs() if in_words(job).isascii()] == []


def test_what_is_translated_already_stays_as_it_is():
    assert in_words("მიღებულია") == "მიღებულია", "Georgian has capital letters that few fonts have"
    assert (in_words("partly_shipped"), in_words("SKU-7"), in_words("")) == ("Partly shipped", "SKU-7", "")
