"""Every text that a user can meet exists in Georgian and Russian."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polib
import pytest
from django.apps import apps
from django.db.models import Field
from django.utils import translation

from backoffice.core.show import in_words
from backoffice.dashboard.names import FIELD_NAMES, PLURALS
from backoffice.dashboard.naming import APPS
from orders.models import Order

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["ka", "ru"]


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def texts(entries: Iterable[Any]) -> dict[tuple[str | None, str], Any]:
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in entries if not entry.obsolete
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_doubtful(language: str) -> None:
    entries = [entry for entry in catalogue(language) if not entry.obsolete]

    missing = [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy]

    assert entries and missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_place_holders_are_kept(language: str) -> None:
    holder = re.compile(r"%\(\w+\)\d*[sdr]|\{\w*\}|%[sd]")
    wrong = [
        entry.msgid
        for entry in catalogue(language)
        if not entry.obsolete
        and not entry.msgid_plural
        and sorted(holder.findall(entry.msgid)) != sorted(holder.findall(entry.msgstr))
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    compiled = polib.mofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"))

    assert texts(compiled) == texts(catalogue(language))


def test_the_catalogues_hold_every_text_of_the_code(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        assert not os.environ.get("CI"), "xgettext is missing (Debian package gettext)"
        pytest.skip("xgettext is not installed (Debian package gettext)")
    for name in ("accounting", "backoffice", "integrations", "inventory", "orders", "warehouse"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "locale" / "ka" / "LC_MESSAGES").mkdir(parents=True)

    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "ka", "--no-obsolete", "--no-location"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin"},
    )

    used = texts(polib.pofile(str(tmp_path / "locale/ka/LC_MESSAGES/django.po"))).keys()
    for language in LANGUAGES:
        assert sorted(used - texts(catalogue(language)).keys(), key=str) == []


def test_no_text_is_asked_for_within_an_f_string() -> None:
    """xgettext does not look there: what is asked for nowhere else would stay English for ever."""
    asked = re.compile(r"""\bf["'][^\n]*\{(?:_|gettext)\((["'])(.+?)\1\)""")
    apps = ("accounting", "backoffice", "integrations", "inventory", "orders", "warehouse")
    found = {
        match[2] for app in apps for path in (ROOT / app).rglob("*.py") for match in asked.finditer(path.read_text())
    }

    assert found - {entry.msgid for entry in catalogue("ka")} == set()


def test_every_name_that_django_derives_is_listed() -> None:
    fields, models = set(), set()
    with translation.override(None):
        for label in APPS:
            for model in apps.get_app_config(label).get_models():
                if "verbose_name_plural" not in model._meta.original_attrs:
                    models.add(str(model._meta.verbose_name))
                fields |= {
                    str(field.verbose_name)
                    for field in model._meta.get_fields()
                    if isinstance(field, Field) and field._verbose_name is None and not field.primary_key
                }

    assert sorted(fields - FIELD_NAMES) == []
    assert sorted(models - PLURALS.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_the_language(language: str) -> None:
    with translation.override(language):
        field = Order._meta.get_field("placed_at")
        names = [str(Order._meta.verbose_name_plural), str(field.verbose_name), in_words("placed")]

    assert not any(name.isascii() for name in names)


def test_names_that_read_badly_in_english_are_named_anew_and_compiled() -> None:
    folder = ROOT / "backoffice" / "english" / "en" / "LC_MESSAGES"
    written = polib.pofile(str(folder / "django.po"))

    assert {entry.msgid for entry in written} <= FIELD_NAMES
    assert texts(polib.mofile(str(folder / "django.mo"))) == texts(written)
    with translation.override("en"):
        assert str(Order._meta.get_field("placed_at").verbose_name) == "placed"
