"""Documents for customers and suppliers, and the mails that carry them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, PersonalData
from orders.mail_errors import mail_error
from orders.models.channels import Channel
from orders.models.orders import Order


class DocumentKind(models.TextChoices):
    QUOTE = "quote", _("Quote")
    ORDER_CONFIRMATION = "order_confirmation", _("Order confirmation")
    PACKING_SLIP = "packing_slip", _("Packing slip")
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    RETURN_FORM = "return_form", _("Return form")
    PURCHASE_ORDER = "purchase_order", _("Purchase order")


MAILED_BY_THEMSELVES = (
    DocumentKind.ORDER_CONFIRMATION,
    DocumentKind.PACKING_SLIP,
    DocumentKind.INVOICE,
    DocumentKind.CREDIT_NOTE,
    DocumentKind.RETURN_FORM,
)


class MailRule(models.Model):
    """A document that a channel's buyers are mailed by itself, from when the rule was made.

    Order confirmation: when the order is placed. Packing slip, with the tracking: when goods leave. Invoice and
    credit note: when they are issued. Return form: when the return is approved and goods are to come.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="mail_rules", db_index=False)
    kind = models.CharField(
        _("document"), max_length=20, choices=[(kind.value, kind.label) for kind in MAILED_BY_THEMSELVES]
    )
    since = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("mail rule")
        verbose_name_plural = _("mailed by itself")
        constraints = [
            models.UniqueConstraint(fields=["channel", "kind"], name="mailrule_one_of_a_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=MAILED_BY_THEMSELVES),
                name="mailrule_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class MailText(models.Model):
    """A company's own words for one kind of mail in one language, instead of the built-in ones."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(_("document"), max_length=20, choices=DocumentKind)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000)

    class Meta:
        verbose_name = _("mail text")
        constraints = [models.UniqueConstraint(fields=["company", "kind", "language"], name="mailtext_one_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_language_display()}"


class MailStatus(models.TextChoices):
    DUE = "due", _("Due")
    SENDING = "sending", _("Being handed over")
    SENT = "sent", _("Sent")
    UNSURE = "unsure", _("Perhaps sent")
    DEAD = "dead", _("Given up")
    SUPPRESSED = "suppressed", _("Not to be sent")


class DocumentMail(models.Model):
    """One mail with one document: work of a worker, and the log of what became of it.

    It carries no address: that is read from the person when it is sent, so that an erased person is never mailed.
    sending is committed before the mail server is called: a worker that dies there leaves the mail `unsure`, and
    nobody is mailed twice.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="mails")
    person = models.ForeignKey(PersonalData, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(_("document"), max_length=20, choices=DocumentKind)
    object_id = models.BigIntegerField(help_text=_("Of the order, shipment, invoice, return or purchase order."))
    key = models.CharField(max_length=120, unique=True, help_text=_("One mail for each."))
    asked_by = models.CharField(max_length=150)
    status = models.CharField(max_length=10, choices=MailStatus, default=MailStatus.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    held_by = models.BigIntegerField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, help_text=_("A code; orders.mail_errors has its words."))
    error_context = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        verbose_name = _("document mail")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="documentmail_kind_known"),
            models.CheckConstraint(condition=Q(status__in=MailStatus.values), name="documentmail_status_known"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="documentmail_sent_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status__in=["due", "sending"]), name="documentmail_due"),
            models.Index(fields=["status", "-id"], name="documentmail_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"

    @property
    def trouble(self) -> str:
        """Why it did not go out, in the active language; empty if nothing went wrong."""
        return mail_error(self.error, self.error_context)
