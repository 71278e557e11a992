"""What may stand on documents as a logo, and what is refused before it is stored."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounting.logos import MAX_BYTES, check_logo
from accounting.models import Company
from backoffice.core.pictures import PNG
from tests.factories.books import make_company
from tests.factories.pictures import png


def refusal(content, name="logo.png"):
    with pytest.raises(ValidationError) as refused:
        check_logo(SimpleUploadedFile(name, content))
    return refused.value.code


def test_a_png_is_accepted_whatever_its_name():
    check_logo(SimpleUploadedFile("../../logo.svg", png()))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "logo_type"),
        (b"GIF89a" + bytes(50), "logo_type"),
        (b"", "logo_type"),
        (PNG, "logo_type"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "logo_type"),
        (png(5000, 1), "logo_dimensions"),
        (png(0, 1), "logo_dimensions"),
        (b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(20), "logo_dimensions"),
        (png()[:60], "logo_damaged"),
        (png(rows=1), "logo_damaged"),
        (PNG + bytes(MAX_BYTES), "logo_too_large"),
    ],
    ids=["svg", "gif", "empty", "only a signature", "jpeg without a frame", "wide", "no width", "jpeg bomb", "cut off",
         "rows missing", "too large"],
)  # fmt: skip
def test_anything_else_is_refused_by_name(content, code):
    assert refusal(content) == code


def test_a_logo_is_stored_by_its_content(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    company = make_company()

    company.logo = SimpleUploadedFile("evil.html", png())
    company.save()

    stored = Company.objects.get(pk=company.pk).logo.name
    assert stored.startswith("logos/") and stored.endswith(".png") and len(stored) == len("logos/") + 32 + len(".png")
    assert [path.name for path in tmp_path.rglob("*.png")] == [stored.removeprefix("logos/")]
