"""Columns and forms in the reader's language without a name on every field.

Django derives a field's name from its attribute and a plural by adding "s", in English only. Here those derived
names are looked up in the catalogues instead. What a model states itself is kept, and migrations see nothing: they
compare what was stated.
"""

from django.apps import apps
from django.db.models import Field
from django.utils import translation
from django.utils.translation import gettext_lazy

from backoffice.dashboard.names import PLURALS

APPS = ("core", "accounting", "inventory", "orders", "warehouse", "integrations")


def name_fields_and_models() -> None:
    """Called once, when all models are loaded. A name that `names` does not list stays English."""
    with translation.override(None):  # the source texts are the keys
        for label in APPS:
            for model in apps.get_app_config(label).get_models():
                meta = model._meta
                for field in meta.get_fields():
                    if isinstance(field, Field) and field._verbose_name is None:  # type: ignore[attr-defined]
                        field.verbose_name = gettext_lazy(field.verbose_name)
                if "verbose_name_plural" not in meta.original_attrs:
                    plural = PLURALS.get(str(meta.verbose_name), str(meta.verbose_name_plural))
                    meta.verbose_name_plural = gettext_lazy(plural)
