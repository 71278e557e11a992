"""Every text that a user can meet exists in Georgian and Russian."""

import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["ka", "ru"]


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_doubtful(language: str) -> None:
    entries = [entry for entry in catalogue(language) if not entry.obsolete]

    missing = [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy]

    assert entries and missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_place_holders_are_kept(language: str) -> None:
    import re

    holder = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
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

    written = {
        entry.msgid: entry.msgstr for entry in catalogue(language) if not entry.obsolete and not entry.msgid_plural
    }

    assert {entry.msgid: entry.msgstr for entry in compiled if not entry.msgid_plural} == written


def test_the_catalogues_hold_every_text_of_the_code(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
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

    used = {entry.msgid for entry in polib.pofile(str(tmp_path / "locale/ka/LC_MESSAGES/django.po"))}
    for language in LANGUAGES:
        assert sorted(used - {entry.msgid for entry in catalogue(language) if not entry.obsolete}) == []
