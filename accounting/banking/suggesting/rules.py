"""What the rules of the company say of a bank line."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounting.banking.suggesting.facts import Known, Rule, Subject, Suggestion, oldest_first, plain


def fits(rule: Rule, line: Subject) -> bool:
    size = abs(line.amount)
    haystack = f"{line.text}\n{line.name}\n{line.kind}".casefold()
    return (
        rule.bank_account_id in (None, line.bank_account_id)
        and (not rule.direction or (rule.direction == "in") == (line.amount > 0))
        and (not rule.texts or any(text.casefold() in haystack for text in rule.texts))
        and (not rule.counterparty or plain(rule.counterparty) == plain(line.counterparty))
        and (rule.min_amount is None or size >= rule.min_amount)
        and (rule.max_amount is None or size <= rule.max_amount)
    )


def by_rule(line: Subject, known: Known) -> Iterator[Suggestion]:
    rule = next((rule for rule in known.rules if fits(rule, line)), None)
    if rule is None:
        return
    reasons = (_("Rule “%(name)s”") % {"name": rule.name},)
    if rule.action != "party":
        yield Suggestion(rule.action, 96, reasons, target_id=rule.target_id, rule_id=rule.id, certain=rule.automatic)
        return
    documents, rest = oldest_first(line, known.by_party.get(rule.target_id, ()))
    yield Suggestion(
        "settle" if documents else "party",
        96,
        reasons,
        documents,
        target_id=rule.target_id,
        rest=rest,
        rule_id=rule.id,
        certain=rule.automatic,
    )
