"""Lists under a name: whose they are, whether their list can be opened, and which rows they show."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldError, PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from backoffice.core.errors import InvalidInput
from backoffice.core.models import SavedView

MAX_SAVED = 50  # of one list and person


def views_for(user: Any) -> QuerySet[SavedView]:
    """One's own views, and the shared ones of the lists that one may see. Statements: 1."""
    labels = SavedView.objects.filter(shared=True).order_by().values_list("list_label", flat=True).distinct()
    seen = [label for label in labels if may_see(user, label)]
    views = SavedView.objects.filter(Q(owner_id=user.pk) | Q(shared=True, list_label__in=seen))
    return views.select_related("owner").order_by("list_label", "name", "pk")


def may_see(user: Any, label: str) -> bool:
    """Whether the person may open the list."""
    model = list_of(label)
    return model is not None and bool(user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"))


def list_of(label: str) -> Any:
    """The model behind a list's label (orders.order); None for what is no list with views."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    admin.autodiscover()  # whoever has not read the addresses, as a worker, has not read the pages either
    return model if hasattr(admin.site._registry.get(model), "list_views") else None


def rows_in(view: SavedView, user: Any) -> QuerySet[Any]:
    """The rows that the list shows under this view, in no order. Raises InvalidInput if its filters make no list."""
    model = list_of(view.list_label)
    asked = HttpRequest()
    asked.method, asked.user, asked.GET = "GET", user, QueryDict(view.query)
    asked.path = f"/{view.list_label}/"
    try:
        rows = admin.site._registry[model].get_changelist_instance(asked).queryset  # type: ignore[attr-defined]
        found: QuerySet[Any] = model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    except (IncorrectLookupParameters, FieldError, ValidationError, PermissionDenied, ValueError, KeyError):
        message = _("These filters make no list.")
        raise InvalidInput(message, errors=[{"field": "query", "message": message, "code": "invalid"}]) from None
    return found


def check_room(label: str, user: Any) -> None:
    """Raises InvalidInput if the person has as many views of this list as one may have. Statements: 1."""
    if SavedView.objects.filter(list_label=label, owner_id=user.pk).count() >= MAX_SAVED:
        message = _("You have %(count)s views of this list: delete one first.") % {"count": MAX_SAVED}
        raise InvalidInput(message, errors=[{"field": "list", "message": message, "code": "too_many"}])
