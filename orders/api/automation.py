"""Rules over HTTP: what they are, switching them, trying them, and what they did."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounting.models import Company
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import YesNo
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from orders.api.versions import IF_MATCH, sent_version
from orders.automation.actions import ACTIONS, needed_permissions
from orders.automation.conditions import OPERATORS
from orders.automation.triggers import subject_of
from orders.automation.words import sentence
from orders.models import AutomationRule, RuleFiring, RuleScope, RuleTrigger
from orders.selectors.rule_choices import fixed_choices
from orders.services import automation

_OPERATORS = sorted({operator.code for operators in OPERATORS.values() for operator in operators})


class ComparisonIn(serializers.Serializer[Any]):
    """value: a number for numbers; for lists of words one or several, with commas."""

    field = serializers.CharField(max_length=40)
    op = serializers.ChoiceField(choices=_OPERATORS)
    value = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ConditionGroupIn(serializers.Serializer[Any]):
    match = serializers.ChoiceField(choices=["all", "any"], required=False, default="all")
    rows = ComparisonIn(many=True, max_length=20)


class ConditionsIn(serializers.Serializer[Any]):
    match = serializers.ChoiceField(choices=["all", "any"], required=False, default="all")
    groups = ConditionGroupIn(many=True, required=False, default=list, max_length=10)


class RuleIn(serializers.Serializer[Any]):
    """actions: each names its `action` and gives that action's own values as texts, such as
    {"action": "add_tag", "tag": "vip"}. at_time: of the trigger `time` only."""

    name = serializers.CharField(max_length=80)
    trigger = serializers.ChoiceField(choices=RuleTrigger.choices)
    at_time = serializers.TimeField(required=False, allow_null=True, default=None)
    conditions = ConditionsIn(required=False)
    actions = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(max_length=300, allow_blank=True)),
        min_length=1,
        max_length=10,
    )
    position = serializers.IntegerField(min_value=0, max_value=30_000, required=False, default=100)

    def to_input(self, rule: AutomationRule | None = None) -> automation.RuleInput:
        """rule: what is left out stays as it is there."""
        names = ("name", "trigger", "at_time", "conditions", "actions", "position")
        before = {name: getattr(rule, name) for name in names} if rule else {"conditions": {}}
        return automation.RuleInput(**(before | dict(self.validated_data)))


class RuleOut(serializers.ModelSerializer[AutomationRule]):
    conditions = ConditionsIn()
    actions = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    in_words = serializers.SerializerMethodField()

    class Meta:
        model = AutomationRule
        fields = [
            "id", "name", "trigger", "at_time", "conditions", "actions", "position", "is_active", "scope", "since",
            "version", "in_words",
        ]  # fmt: skip

    @extend_schema_field(str)
    def get_in_words(self, rule: AutomationRule) -> str:
        return sentence(rule.trigger, rule.conditions, rule.actions, fixed_choices())


class SwitchOnIn(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=RuleScope.choices, required=False, default=RuleScope.NEW.value)


class RuleTrialIn(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=365, required=False, default=30)


class RuleTrialRowOut(serializers.Serializer[Any]):
    order_id = serializers.IntegerField()
    number = serializers.CharField()
    placed_at = serializers.DateTimeField()
    channel = serializers.CharField()
    total = serializers.CharField()
    looked = serializers.DictField(child=serializers.CharField(allow_blank=True))
    changes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True)),
        help_text="[before, after] by field.",
    )
    others = serializers.ListField(child=serializers.CharField())


class RuleTrialOut(serializers.Serializer[Any]):
    """is_cut: there were more orders than are tried. rows: the first 200 on which the rule would act."""

    days = serializers.IntegerField()
    looked_at = serializers.IntegerField()
    is_cut = serializers.BooleanField()
    matched = serializers.IntegerField()
    changed = serializers.DictField(child=serializers.IntegerField())
    rows = RuleTrialRowOut(many=True)


class RuleFiringOut(serializers.ModelSerializer[RuleFiring]):
    class Meta:
        model = RuleFiring
        fields = [
            "id", "subject_type", "subject_id", "order", "cause", "looked", "actions", "results", "state",
            "recorded_at", "finished_at",
        ]  # fmt: skip


class RuleFilter(django_filters.FilterSet):
    trigger = django_filters.ChoiceFilter(choices=RuleTrigger.choices)
    is_active = YesNo()

    class Meta:
        model = AutomationRule
        fields: list[str] = []


class RuleViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AutomationRule]
):
    """Rules of the company. Changes mind If-Match: the rule's version."""

    access = {
        **dict.fromkeys(("list", "retrieve", "firings", "trial"), ("rules:read", "orders.view_automationrule")),
        "create": ("rules:write", "orders.add_automationrule"),
        **dict.fromkeys(("partial_update", "on", "off"), ("rules:write", "orders.change_automationrule")),
    }
    asks = frozenset({"trial"})
    serializer_class = RuleOut
    filterset_class = RuleFilter
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[AutomationRule]:
        return own_rows(self.request, AutomationRule.objects.order_by("position", "pk"), channel=NOBODYS)

    def _rule(self, pk: str) -> AutomationRule:
        rule = self.get_queryset().filter(pk=int(pk)).first() if pk.isdecimal() else None
        if rule is None:
            raise NotFound
        return rule

    def _rights(self) -> set[str]:
        wanted = needed_permissions([{"action": code} for code in ACTIONS])
        return {name for name in wanted if self.request.user.has_perm(name)}

    @extend_schema(request=RuleIn, responses={201: RuleOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep a rule, switched off."""
        body = RuleIn(data=request.data)
        body.is_valid(raise_exception=True)
        rule = automation.create_rule(body.to_input(), company_id=_company_of(request), actor=actor_of(request))
        return Response(RuleOut(rule).data, 201)

    @extend_schema(request=RuleIn, responses=RuleOut, parameters=[KEY_HEADER, IF_MATCH])
    @idempotent(required=False)
    def partial_update(self, request: Any, pk: str = "", **kwargs: Any) -> Response:
        """Change a rule; one that is on acts by its new form from now on."""
        body = RuleIn(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        rule = self._rule(pk)
        changed = automation.update_rule(
            rule.pk, body.to_input(rule), company_id=rule.company_id, actor=actor_of(request),
            version=sent_version(request), allowed=self._rights(),
        )  # fmt: skip
        return Response(RuleOut(changed).data)

    @extend_schema(request=SwitchOnIn, responses=RuleOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def on(self, request: Any, pk: str = "") -> Response:
        """Let it act, in the name of whose key this is."""
        body = SwitchOnIn(data=request.data)
        body.is_valid(raise_exception=True)
        rule = self._rule(pk)
        switched = automation.switch_on(
            rule.pk, scope=body.validated_data["scope"], company_id=rule.company_id, actor=actor_of(request),
            allowed=self._rights(), version=sent_version(request),
        )  # fmt: skip
        return Response(RuleOut(switched).data)

    @extend_schema(request=None, responses=RuleOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    def off(self, request: Any, pk: str = "") -> Response:
        """Let it rest."""
        rule = self._rule(pk)
        return Response(
            RuleOut(automation.switch_off(rule.pk, company_id=rule.company_id, actor=actor_of(request))).data
        )

    @extend_schema(request=RuleTrialIn, responses=RuleTrialOut)
    @action(detail=True, methods=["post"])
    def trial(self, request: Any, pk: str = "") -> Response:
        """Ask it of orders of the last days, as they are now; nothing is changed."""
        body = RuleTrialIn(data=request.data)
        body.is_valid(raise_exception=True)
        rule = self._rule(pk)
        if subject_of(rule.trigger) != "order":
            message = _("Only rules about orders can be tried on orders.")
            raise InvalidInput(message, errors=[{"field": "trigger", "message": message}])
        return Response(RuleTrialOut(automation.try_rule(rule, days=body.validated_data["days"])).data)

    @extend_schema(responses=RuleFiringOut(many=True))
    @action(detail=True, methods=["get"])
    def firings(self, request: Any, pk: str = "") -> Response:
        """What it did, the newest first."""
        page = self.paginate_queryset(self._rule(pk).firings.order_by("-pk"))
        return self.get_paginated_response(RuleFiringOut(page, many=True).data)


def _company_of(request: Any) -> int:
    rows = own_rows(request, Company.objects.order_by("pk"), channel=NOBODYS, company="pk")
    company_id = rows.values_list("pk", flat=True).first()
    if company_id is None:
        raise NotFound
    return int(company_id)
