"""What a revaluation measured stays as it was measured."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounting", "0017_revaluations_and_deferrals")]

    operations = [AppendOnly("accounting_currencyrevaluationline")]
