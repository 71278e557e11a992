"""JSON bodies with a bound on their size and depth."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from backoffice.core.cards import cleaned_body


class BoundedJSONParser(JSONParser):
    """DRF's parser reads without a limit; this one stops at DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        try:
            # S12: the number of a payment card is not even looked at.
            return super().parse(BytesIO(cleaned_body(body, place="api")), media_type, parser_context)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8 at byte %(position)s.") % {"position": error.start}) from None
