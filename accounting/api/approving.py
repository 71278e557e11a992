"""Four eyes over HTTP: who may approve what up to how much, and setting it."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.approval_limits import remove_limit, set_limit, set_threshold
from backoffice.core.approving import approval_rules
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from backoffice.core.models import ApprovalLimit, User
from backoffice.core.registry import registry
from backoffice.core.signing_in.proving import asks_proof

COMPANY = OpenApiParameter("company", str, description="Its code, where the caller sees several")


class LimitAmount(serializers.DecimalField):
    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, min_value=Decimal(0), **values)


class ThresholdIn(serializers.Serializer[Any]):
    """free_up_to null: four eyes are off for the action."""

    company = serializers.SlugField(required=False)
    action = serializers.CharField(max_length=40)
    free_up_to = LimitAmount(allow_null=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class LimitIn(serializers.Serializer[Any]):
    """Either a role (the name of a group) or a user. amount null: any value."""

    company = serializers.SlugField(required=False)
    action = serializers.CharField(max_length=40)
    role = serializers.CharField(max_length=150, required=False)
    user = serializers.CharField(max_length=150, required=False)
    amount = LimitAmount(allow_null=True)


class LimitOut(serializers.ModelSerializer[ApprovalLimit]):
    role = serializers.CharField(source="group.name", default=None)
    user = serializers.CharField(source="user.username", default=None)

    class Meta:
        model = ApprovalLimit
        fields = ["id", "action", "role", "user", "amount"]


class ApproverOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    amount = LimitAmount(allow_null=True)


class ApprovalActionOut(serializers.Serializer[Any]):
    """free_up_to null: nobody has to approve. No approvers: everybody else with the permission, to any value."""

    action = serializers.CharField()
    title = serializers.CharField()
    rule = serializers.CharField(help_text="Which two steps one person may not both take.")
    free_up_to = LimitAmount(allow_null=True)
    approvers = ApproverOut(many=True)


class ApprovalLimitViewSet(ActionAccess, viewsets.GenericViewSet[ApprovalLimit]):
    """Limits of approval. GET lists every action with its rules; amounts are in the company's base currency."""

    access = {
        "list": ("approvals:read", "core.view_approvallimit"),
        "create": ("approvals:write", "core.change_approvallimit"),
        "threshold": ("approvals:write", "core.change_approvalthreshold"),
        "remove": ("approvals:write", "core.delete_approvallimit"),
    }
    serializer_class = ApprovalActionOut
    pagination_class = None

    def get_queryset(self) -> Any:
        return own_rows(self.request, ApprovalLimit.objects.select_related("group", "user"))

    @extend_schema(parameters=[COMPANY], responses=ApprovalActionOut(many=True))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every action that may need approval, up to what nobody is asked, and who approves up to how much."""
        company_id = company_of(request, request.query_params.get("company"))
        return Response(ApprovalActionOut(_rules(company_id), many=True).data)

    @extend_schema(request=LimitIn, responses={201: LimitOut}, parameters=[KEY_HEADER])
    @asks_proof()
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let a role or a person approve up to an amount; the limit that they had is replaced."""
        body = LimitIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        row = set_limit(
            company_id=company_of(request, given.get("company")),
            action=given["action"],
            amount=given["amount"],
            actor=actor_of(request),
            group_id=_key(Group, "name", given.get("role"), "role"),
            user_id=_key(User, "username", given.get("user"), "user"),
        )
        return Response(LimitOut(row).data, status=201)

    @extend_schema(request=ThresholdIn, responses=ApprovalActionOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @asks_proof()
    @idempotent()
    def threshold(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set the value up to which nobody is asked; null switches four eyes off for the action."""
        body = ThresholdIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        set_threshold(
            company_id=company_id, action=given["action"], amount=given["free_up_to"], actor=actor_of(request),
            reason=given["reason"],
        )  # fmt: skip
        [rule] = [rule for rule in _rules(company_id) if rule["action"] == given["action"]]
        return Response(ApprovalActionOut(rule).data)

    @extend_schema(request=None, responses={204: None}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @asks_proof()
    @idempotent()
    def remove(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a limit away."""
        remove_limit(self.get_object(), actor=actor_of(request))
        return Response(status=204)


def _rules(company_id: int) -> list[dict[str, Any]]:
    titles = registry.approval_actions()
    return [
        {
            "action": terms.action,
            "title": titles[terms.action].title,
            "rule": titles[terms.action].rule or _("Who made it cannot approve it."),
            "free_up_to": terms.free_up_to,
            "approvers": terms.approvers,
        }
        for terms in approval_rules(company_id=company_id)
    ]


def _key(model: Any, field: str, name: str | None, given: str) -> int | None:
    if name is None:
        return None
    found = model.objects.filter(**{field: name}).first()
    if found is None:
        message = _("There is no “%(name)s”.") % {"name": name}
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": given, "message": message, "code": "unknown"}],
        )
    return found.pk
