"""Where the money for a party goes: its bank accounts, each change a row of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company
from accounting.models.parties import Party


class PayeeQuerySet(models.QuerySet["PartyBankAccount"]):
    def with_holds(self) -> "PayeeQuerySet":
        """Annotated with `holds`: whether it is the newest of its party."""
        newest = PartyBankAccount.objects.filter(party=models.OuterRef("party")).order_by("-pk").values("pk")[:1]
        return self.annotate(holds=models.ExpressionWrapper(Q(pk=models.Subquery(newest)), models.BooleanField()))


class PartyBankAccount(models.Model):
    """The account that we pay a supplier to, as it was told to us and by whom it was entered. Insert-only.

    The newest row of a party holds. Either an IBAN, or a number with the code of its bank.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="bank_accounts", db_index=False, verbose_name=_("supplier")
    )
    holder = models.CharField(_("account holder"), max_length=140, help_text=_("As the bank knows them."))
    iban = models.CharField("IBAN", max_length=34, blank=True)
    number = models.CharField(_("account number"), max_length=34, blank=True, help_text=_("Where there is no IBAN."))
    bic = models.CharField("BIC", max_length=11, blank=True)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, help_text=_("How you know that it is theirs."))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(_("who"), max_length=150)
    recorded_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)

    objects = PayeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank account of a supplier")
        verbose_name_plural = _("bank accounts of suppliers")
        constraints = [
            models.CheckConstraint(
                condition=(Q(iban="") & ~Q(number="")) | (~Q(iban="") & Q(number="")),
                name="partybankaccount_iban_or_number",
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(holder=""), name="partybankaccount_holder_and_reason"),
        ]
        indexes = [models.Index(fields=["party", "-id"], name="partybankaccount_newest")]

    @property
    def shown(self) -> str:
        """In groups of four, as it stands on paper."""
        text = self.iban or self.number
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4)) if self.iban else text

    @property
    def masked(self) -> str:
        """The last four characters, for the trail."""
        return f"…{(self.iban or self.number)[-4:]}"

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"
