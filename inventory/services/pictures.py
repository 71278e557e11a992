"""Pictures of products: only what really is a PNG or JPEG within the limits, stored under its own content's name."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from backoffice.core.pictures import is_readable, picture_format, picture_size
from inventory.errors import NotFound
from inventory.models import Product, ProductImage, Sku
from inventory.services.variants import lock_product

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE_PX = 6_000
MAX_IMAGES = 30


def add_image(
    product_id: int, *, upload: Any, company_id: int, actor: Actor, sku_id: int | None = None, alt: str = ""
) -> ProductImage:
    """Add a picture behind the product's others; the same picture again is answered with the row it has.

    upload: Django's uploaded file, whatever its name says. sku_id: a SKU of the product that alone is shown.

    Raises NotFound; InvalidInput (too_large, not_a_picture, too_many_pixels, damaged, too_many) naming the field;
    no row is written then. Statements: 7.
    """
    if not Product.objects.filter(pk=product_id, company_id=company_id).exists():
        raise NotFound(_("There is no such product."), product_id=product_id)
    content = _checked(upload)
    digest = hashlib.sha256(content).hexdigest()
    width, height = picture_size(content) or (0, 0)
    image = ProductImage(
        product_id=product_id,
        sku_id=sku_id,
        position=0,
        sha256=digest,
        width_px=width,
        height_px=height,
        alt=alt.strip()[:200],
    )
    name = f"picture.{picture_format(content)}"
    stored = image.file.field.generate_filename(image, name)
    if image.file.storage.exists(stored):  # the very same picture of another product
        image.file.name = stored
    else:
        image.file.save(name, ContentFile(content), save=False)  # before anything is locked: a bucket may be slow
    return _add(image, company_id=company_id, actor=actor)


@transaction.atomic
def _add(image: ProductImage, *, company_id: int, actor: Actor) -> ProductImage:
    product = lock_product(image.product_id, company_id=company_id)
    if image.sku_id is not None and not Sku.objects.filter(pk=image.sku_id, product=product).exists():
        raise NotFound(_("There is no such SKU."), sku_id=image.sku_id)
    rows = ProductImage.objects.filter(product=product)
    if (there := rows.filter(sku_id=image.sku_id, sha256=image.sha256).first()) is not None:
        return there
    if rows.count() >= MAX_IMAGES:
        raise _wrong("too_many", _("A product has at most %(most)s pictures.") % {"most": MAX_IMAGES})
    image.position = (rows.aggregate(last=Max("position"))["last"] or 0) + 1
    image.save()
    change = audit.Change(
        "inventory.product", product.pk, "picture_added", new=image.sha256[:12], company_id=company_id
    )
    audit.record([change], actor=actor)
    return image


def _checked(upload: Any) -> bytes:
    """The bytes of an uploaded picture. By what they are: SVG is refused, it can carry scripts."""
    if upload.size > MAX_BYTES:
        raise _wrong("too_large", _("The picture is larger than %(limit)s MB.") % {"limit": MAX_BYTES >> 20})
    content = upload.read(MAX_BYTES + 1)
    side = picture_size(content)
    if side is None:
        raise _wrong("not_a_picture", _("A picture must be a PNG or JPEG file."))
    if not all(0 < length <= MAX_SIDE_PX for length in side):
        raise _wrong(
            "too_many_pixels", _("A picture has at most %(most)s pixels a side.") % {"most": f"{MAX_SIDE_PX:,}"}
        )
    if not is_readable(content):
        raise _wrong("damaged", _("The picture is damaged: it cannot be read to its end."))
    return content


def _wrong(code: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": "file", "message": message, "code": code}])


@transaction.atomic
def order_images(product_id: int, *, image_ids: Sequence[int], company_id: int, actor: Actor) -> None:
    """Put a product's pictures in this order; those not named come behind. Raises NotFound. Statements: 4."""
    product = lock_product(product_id, company_id=company_id)
    rows = list(ProductImage.objects.filter(product=product).order_by("position"))
    if unknown := set(image_ids) - {row.pk for row in rows}:
        raise NotFound(_("There is no such picture."), image_id=min(unknown))
    places = {pk: place for place, pk in enumerate(image_ids)}
    rows.sort(key=lambda row: (places.get(row.pk, len(places)), row.position))
    for place, row in enumerate(rows, 1):
        row.position = place
    ProductImage.objects.bulk_update(rows, ["position"])
    change = audit.Change("inventory.product", product.pk, "pictures_ordered", company_id=company_id)
    audit.record([change], actor=actor)


@transaction.atomic
def remove_image(image_id: int, *, company_id: int, actor: Actor) -> None:
    """Take a picture off its product. The file stays: old pages may show it. Raises NotFound. Statements: 3."""
    image = ProductImage.objects.filter(pk=image_id, product__company_id=company_id).first()
    if image is None:
        raise NotFound(_("There is no such picture."), image_id=image_id)
    product_id, digest = image.product_id, image.sha256
    image.delete()
    change = audit.Change("inventory.product", product_id, "picture_removed", old=digest[:12], company_id=company_id)
    audit.record([change], actor=actor)
