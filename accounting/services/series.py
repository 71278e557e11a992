"""Beginning a new series of legal numbers, as at the turn of a year."""

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound, SeriesRefused
from accounting.models import NumberSeries
from backoffice.core import audit
from backoffice.core.actor import Actor

OBJECT = "accounting.numberseries"


@transaction.atomic
def begin_series(
    series_id: int, *, company_id: int, prefix: str, actor: Actor, first_number: int = 1, digits: int = 6
) -> NumberSeries:
    """From now on documents of this kind are numbered with another prefix, from first_number on.

    A series that was used stays for good, closed; one that was not is replaced. No number is lost: whoever draws at
    the same time draws from the old one. Raises NotFound, SeriesRefused (bad_prefix, bad_number, prefix_taken, closed);
    nothing is written then. Statements: 4.
    """
    series = NumberSeries.objects.filter(pk=series_id, company_id=company_id).first()
    if series is None:
        raise NotFound(_("There is no such number series."), series_id=series_id)
    prefix = prefix.strip()
    if not prefix or len(prefix) > 20 or not prefix.isprintable():
        raise SeriesRefused(_("A prefix has 1 to 20 characters."), code="bad_prefix", field="prefix")
    if not 1 <= first_number < 10**12 or not 1 <= digits <= 12:
        raise SeriesRefused(
            _("The first number is above zero, and a number has 1 to 12 digits."),
            code="bad_number",
            field="first_number",
        )
    try:
        with transaction.atomic(), connection.cursor() as cursor:  # a savepoint: the database tells why not
            cursor.execute(
                "SELECT accounting_begin_series(%s, %s, %s::smallint, %s)", [series_id, prefix, digits, first_number]
            )
            made = NumberSeries.objects.get(pk=cursor.fetchone()[0])
    except IntegrityError as error:
        raise _refusal(error) from None
    change = audit.Change(OBJECT, made.pk, "began", "prefix", series.prefix, prefix, "", company_id)
    audit.record([change], actor=actor)
    return made


def _refusal(error: IntegrityError) -> SeriesRefused:
    if "numberseries_prefix_taken" in str(error):
        return SeriesRefused(_("Another series has this prefix."), code="prefix_taken", field="prefix")
    return SeriesRefused(_("This series is closed."), code="closed")
