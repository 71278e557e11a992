"""Why a mail did not go out: codes that are kept, and their words for whoever looks. Pure but for the active language."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

WORDS = {
    "nobody": _("The buyer has no mail address, or was erased."),
    "bad_address": _("The buyer's mail address is not one."),
    "no_document": _("The document does not exist any more."),
    "unreachable": _("The mail server cannot be reached: %(said)s"),
    "address_refused": _("The mail server refuses the address (%(said)s)."),
    "address_later": _("The mail server does not take this address now (%(said)s)."),
    "mail_refused": _("The mail server refuses the mail (%(said)s)."),
    "mail_later": _("The mail server does not take mails now (%(said)s)."),
    "hung_up": _("The mail server hung up: it may have taken the mail."),
    "no_answer": _("The mail server did not answer: it may have taken the mail. %(said)s"),
    "our_fault": _("Something went wrong on our side; it has been logged."),
    "worker_lost_sending": _("The worker was lost while it sent this: perhaps sent."),
    "workers_lost": _("Workers were lost over it."),
    "too_old": _("It waited too long."),
}


def mail_error(code: str, context: Mapping[str, str]) -> str:
    """The sentence of a code in the active language; anything else stands as it was written."""
    words = WORDS.get(code)
    return str(words) % {"said": context.get("said", "")} if words is not None else code
