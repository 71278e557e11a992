"""What kits are made of and how many there are: read, set, given up."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory.models import KitComponent, KitPolicy, Sku
from inventory.selectors import kits_available
from inventory.services import KitPart, set_kit, unset_kit


class ComponentIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = serializers.DecimalField(
        max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, help_text="How many one kit takes."
    )


class KitIn(serializers.Serializer[Any]):
    """The whole composition: what is not named is no component any more."""

    sku = serializers.CharField(max_length=60)
    policy = serializers.ChoiceField(choices=KitPolicy.choices, default=KitPolicy.WHOLE)
    components = ComponentIn(many=True, min_length=1, max_length=100)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class GivenUpIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ComponentOut(serializers.ModelSerializer[KitComponent]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = KitComponent
        fields = ["sku", "quantity"]


class KitOut(serializers.ModelSerializer[Sku]):
    """available: how many the components make now. number: of the composition, counted from 1."""

    sku = serializers.CharField(source="code")
    policy = serializers.ChoiceField(source="kit.policy", choices=KitPolicy.choices)
    number = serializers.IntegerField(source="kit.number")
    components = ComponentOut(source="kit.components", many=True)
    available = serializers.SerializerMethodField()

    class Meta:
        model = Sku
        fields = ["id", "sku", "name", "policy", "number", "components", "available"]

    def get_available(self, sku: Sku) -> str:
        return f"{self.context['available'].get(sku.pk, 0):f}"


class KitViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sku]):
    """SKUs that are kits. POST sets a SKU's composition; orders placed before keep theirs."""

    access = {
        "list": ("catalogue:read", "inventory.view_sku"),
        "retrieve": ("catalogue:read", "inventory.view_sku"),
        "create": ("catalogue:write", "inventory.change_sku"),
        "give_up": ("catalogue:write", "inventory.change_sku"),
    }
    serializer_class = KitOut

    def get_queryset(self) -> QuerySet[Sku]:
        parts = Prefetch("kit__components", KitComponent.objects.select_related("sku").order_by("position"))
        rows = Sku.objects.filter(kit__isnull=False).select_related("kit").prefetch_related(parts)
        return own_rows(self.request, rows)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With how many there are of each kit of the page. Statements: 2 for each company."""
        kits = list(args[0] if kwargs.get("many") and args else args[:1])
        available: dict[int, Any] = {}
        for company_id in {kit.company_id for kit in kits}:
            available |= kits_available(company_id, [kit.pk for kit in kits if kit.company_id == company_id])
        kwargs["context"] = {**self.get_serializer_context(), "available": available}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=KitIn, responses={201: KitOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a SKU a kit, or change what it is made of."""
        body = KitIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        sku = _sku(request, given["sku"], "sku")
        skus = [_sku(request, part["sku"], f"components.{row}.sku") for row, part in enumerate(given["components"])]
        set_kit(
            sku.pk,
            parts=[KitPart(part.pk, row["quantity"]) for part, row in zip(skus, given["components"], strict=True)],
            company_id=sku.company_id,
            actor=actor_of(request),
            policy=given["policy"],
            reason=given["reason"],
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=sku.pk)).data, status=201)

    @extend_schema(request=GivenUpIn, responses={204: None}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="give-up")
    @idempotent()
    def give_up(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """From now on the SKU is no kit."""
        body = GivenUpIn(data=request.data)
        body.is_valid(raise_exception=True)
        sku = self.get_object()
        unset_kit(sku.pk, company_id=sku.company_id, actor=actor_of(request), reason=body.validated_data["reason"])
        return Response(status=204)


def _sku(request: Any, code: str, field: str) -> Sku:
    """A SKU that the caller may see, by code in any letter case. Raises InvalidInput naming the field."""
    found = own_rows(request, Sku.objects.filter(code__iexact=code)).first()
    if found is None:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[
                {"field": field, "message": _("There is no SKU “%(code)s”.") % {"code": code}, "code": "unknown_sku"}
            ],
        )
    return found
