"""The manual: every link leads somewhere, every picture is there and small, and what is bold stands on the screen."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs/manual"
PAGES = sorted(MANUAL.glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
MESSAGE = re.compile(r'^msgid(?:_plural)? ((?:"(?:[^"\\]|\\.)*"\n)+)', re.M)


@pytest.fixture(scope="module")
def texts():
    """Whatever the program says, as it is written in the catalogue."""
    catalogue = (ROOT / "locale/ka/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    return {
        "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block)).replace('\\"', '"') for block in MESSAGE.findall(catalogue)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_pictures_are_there(page):
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_is_bold_stands_on_the_screen(page, texts):
    bold = {re.sub(r"\s+", " ", words) for words in re.findall(r"\*\*([^*]+)\*\*", page.read_text(encoding="utf-8"))}
    assert sorted(bold - texts) == []


def test_every_page_stands_in_the_contents():
    contents = (MANUAL / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in contents] == []


def test_pictures_are_small_and_shown():
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = [path for path in (MANUAL / "pictures").glob("*") if path.suffix != ".py"]
    assert [path.name for path in pictures if path.stat().st_size >= 100_000] == []
    assert [path.name for path in pictures if f"(pictures/{path.name})" not in shown] == []
