"""The manual of docs/manual inside the program: a chapter as a page, its pictures, links from chapter to chapter."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

from backoffice.core.admin.pages import render_page

FOLDER = Path(settings.BASE_DIR) / "docs" / "manual"
FIRST, GLOSSARY = "README", "glossary"
_PAGE = re.compile(r"^(?:\.\./)*([\w-]+)\.md(#[\w-]+)?$")
_PICTURE = re.compile(r"^pictures/([\w-]+)\.webp$")


def manual_page(request: HttpRequest, chapter: str = FIRST) -> HttpResponse:
    """A chapter, whoever is signed in; the contents beside it."""
    if chapter not in chapters():
        raise Http404
    return render_page(
        request, admin.site, "backoffice/manual.html", title=gettext("Manual"), chapter=chapter,
        chapters=chapters().items(), text=_html(chapter),
    )  # fmt: skip


def manual_picture(request: HttpRequest, name: str) -> FileResponse:
    path = FOLDER / "pictures" / f"{name}.webp"
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/webp")


@cache
def chapters() -> dict[str, str]:
    """The title of each chapter by its name, the contents first and the others as they stand there."""
    contents = (FOLDER / f"{FIRST}.md").read_text(encoding="utf-8")
    names = [FIRST, *dict.fromkeys(re.findall(r"\]\(([\w-]+)\.md\)", contents)), GLOSSARY]
    return {name: _text(name).splitlines()[0].removeprefix("# ") for name in names}


def _text(chapter: str) -> str:
    folder = FOLDER.parent if chapter == GLOSSARY else FOLDER
    return (folder / f"{chapter}.md").read_text(encoding="utf-8")


@cache
def _html(chapter: str) -> SafeString:
    """Our own text, without any HTML of its own: what looks like a tag in it is shown as it is written."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(_text(chapter))
    for token in tokens:
        for child in token.children or ():
            _lead(child)
        if token.type == "table_open":
            token.attrJoin("class", "bo-table")
    return mark_safe(reader.renderer.render(tokens, reader.options, {}))  # see above


def _lead(token: Token) -> None:
    """Links and pictures lead to where the program has them."""
    if token.type == "link_open" and (found := _PAGE.match(str(token.attrGet("href")))):
        if found[1] in chapters():
            page = reverse("manual_chapter", args=[found[1]]) if found[1] != FIRST else reverse("manual")
            token.attrSet("href", page + (found[2] or ""))
        else:  # for whoever runs the servers: not part of the manual
            token.attrs.pop("href")
    elif token.type == "image" and (found := _PICTURE.match(str(token.attrGet("src")))):
        token.attrSet("src", reverse("manual_picture", args=[found[1]]))
        token.attrSet("loading", "lazy")
