"""How a bulk job's page names the rows of an import, and where each leads."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core.models import ImportRow
from backoffice.core.registry import Link, SourceLink


def _rows(ids: Sequence[int]) -> Mapping[int, Link]:
    found = ImportRow.objects.filter(pk__in=ids).values_list("pk", "number", "file_id")
    return {
        pk: Link(_("Row %(row)s") % {"row": number}, reverse("admin:core_importfile_change", args=[file]))
        for pk, number, file in found
    }


IMPORT_ROWS = SourceLink("core.importrow", _rows)
