"""Tax rules and returns over HTTP."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.companies import company_of
from accounting.api.lookups import wrong
from accounting.models import Company, CustomerKind, TaxCode, TaxReturn, TaxReturnKind, TaxRule
from accounting.selectors import tax_returns, taxing
from accounting.taxes import TEMPLATES
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent


class TaxRuleOut(serializers.ModelSerializer[TaxRule]):
    tax_code = serializers.CharField(source="tax_code.code")

    class Meta:
        model = TaxRule
        fields = [
            "id", "country", "region", "product_class", "customer_kind", "tax_code", "valid_from", "valid_to",
        ]  # fmt: skip


class TaxRuleIn(serializers.Serializer[Any]):
    """Empty: any. region: a region's code or how its postcodes begin."""

    company = serializers.SlugField(required=False)
    country = serializers.RegexField("^[A-Z]{2}$", required=False, allow_blank=True, default="")
    region = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    product_class = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    customer_kind = serializers.ChoiceField(CustomerKind.choices, required=False, allow_blank=True, default="")
    tax_code = serializers.CharField(max_length=20)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class TaxedSaleIn(serializers.Serializer[Any]):
    """A line of a sale. product_class: the code of the product's tax code."""

    amount = Amount()
    product_class = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class TaxQuestionIn(serializers.Serializer[Any]):
    """inclusive: the amounts include the tax."""

    company = serializers.SlugField(required=False)
    country = serializers.CharField(max_length=2)
    region = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    postcode = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    customer_kind = serializers.ChoiceField(
        [row for row in CustomerKind.choices if row[0]], required=False, default="consumer"
    )
    date = serializers.DateField()
    inclusive = serializers.BooleanField(required=False, default=False)
    lines = TaxedSaleIn(many=True, min_length=1, max_length=500)


class TaxedSaleOut(serializers.Serializer[Any]):
    """rule: the id of the rule that counts. rate: 0.2 is 20 %."""

    tax_code = serializers.CharField()
    rate = serializers.DecimalField(9, 6)
    net = serializers.DecimalField(24, 6)
    tax = serializers.DecimalField(24, 6)
    rule = serializers.IntegerField()


class TaxTemplateIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    template = serializers.ChoiceField([(name, name) for name in TEMPLATES])


class TaxTemplateOut(serializers.Serializer[Any]):
    codes = serializers.IntegerField()
    rules = serializers.IntegerField()


class TaxRuleViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[TaxRule]):
    """Which tax a sale bears."""

    access = {
        "list": ("accounting:read", "accounting.view_taxrule"),
        "decide": ("accounting:read", "accounting.view_taxrule"),
        "create": ("taxes:write", "accounting.add_taxrule"),
        "template": ("taxes:write", "accounting.add_taxrule"),
    }
    serializer_class = TaxRuleOut

    def get_queryset(self) -> QuerySet[TaxRule]:
        return own_rows(self.request, TaxRule.objects.select_related("tax_code").order_by("pk"))

    @extend_schema(request=TaxRuleIn, responses={201: TaxRuleOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A rule; one that says the same for some of its days is refused."""
        body = TaxRuleIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        code = TaxCode.objects.filter(company_id=company_id, code=given["tax_code"]).first()
        if code is None:
            raise wrong("tax_code", gettext("There is no such tax code."))
        made = services.create_tax_rule(company_id=company_id, actor=actor_of(request), **(given | {"tax_code": code}))
        return Response(TaxRuleOut(made).data, status=201)

    @extend_schema(request=TaxQuestionIn, responses=TaxedSaleOut(many=True))
    @action(detail=False, methods=["post"])
    def decide(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The taxes of a sale's lines, with the rule that says so; nothing is written."""
        body = TaxQuestionIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company = Company.objects.select_related("base_currency").get(pk=company_of(request, given.get("company")))
        where = {name: given[name] for name in ("country", "region", "postcode", "customer_kind", "date")}
        lines = taxing.tax_lines(
            company.pk,
            [
                (taxing.TaxQuestion(product_class=line["product_class"], **where), line["amount"])
                for line in given["lines"]
            ],
            inclusive=given["inclusive"],
            exponent=company.base_currency.exponent,
        )
        rows = [
            {
                "tax_code": line.decision.code, "rate": line.decision.rate, "net": line.net, "tax": line.tax,
                "rule": line.decision.rule.pk,
            }
            for line in lines
        ]  # fmt: skip
        return Response(TaxedSaleOut(rows, many=True).data)

    @extend_schema(request=TaxTemplateIn, responses=TaxTemplateOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def template(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a country's tax codes and rules where they are missing."""
        body = TaxTemplateIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id = company_of(request, body.validated_data.get("company"))
        codes, rules = services.lay_tax_template(
            company_id=company_id, template=body.validated_data["template"], actor=actor_of(request)
        )
        return Response({"codes": codes, "rules": rules})


class TaxReturnIn(serializers.Serializer[Any]):
    """months: 0 or left out as the template says; an OSS return has a quarter."""

    company = serializers.SlugField(required=False)
    kind = serializers.ChoiceField(TaxReturnKind.choices)
    template = serializers.ChoiceField([(name, name) for name in TEMPLATES])
    start = serializers.DateField()
    months = serializers.IntegerField(min_value=0, max_value=12, required=False, default=0)


class FileReturnIn(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class TaxBoxOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    amount = serializers.DecimalField(24, 6)


class TaxReturnOut(serializers.ModelSerializer[TaxReturn]):
    """boxes: as the books say now, or as they were filed."""

    boxes = serializers.SerializerMethodField()
    payable = serializers.SerializerMethodField()

    class Meta:
        model = TaxReturn
        fields = [
            "id", "kind", "template", "start_date", "end_date", "currency", "exchange_rate", "status", "payable",
            "reference", "filed_at", "filed_label", "boxes",
        ]  # fmt: skip

    def _rows(self, found: TaxReturn) -> list[Any]:
        if found.status == "filed":
            return list(found.boxes.order_by("position"))
        return list(tax_returns.figures(found, tax_returns.return_lines(found)))

    def get_boxes(self, found: TaxReturn) -> list[dict[str, str]]:
        return [dict(row) for row in TaxBoxOut(self._rows(found), many=True).data]

    def get_payable(self, found: TaxReturn) -> str:
        return str(found.payable if found.status == "filed" else tax_returns.payable(self._rows(found)))


class TaxReturnLineOut(serializers.Serializer[Any]):
    """Amounts in the company's currency; credit notes below zero. happened: the day of the supply; before the return's
    first day: it came late, when its own return was over."""

    document_type = serializers.CharField()
    document_id = serializers.IntegerField()
    number = serializers.CharField()
    date = serializers.DateField()
    happened = serializers.DateField()
    code = serializers.CharField()
    treatment = serializers.CharField()
    country = serializers.CharField()
    rate = serializers.DecimalField(9, 6)
    net = serializers.DecimalField(40, 6)
    tax = serializers.DecimalField(40, 6)


class TaxReturnViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TaxReturn]
):
    """VAT and OSS returns: their figures, the lines behind them, filing."""

    access = {
        **dict.fromkeys(("list", "retrieve", "lines"), ("accounting:read", "accounting.view_taxreturn")),
        "create": ("taxes:write", "accounting.add_taxreturn"),
        "file": ("taxes:write", "accounting.file_taxreturn"),
    }
    serializer_class = TaxReturnOut

    def get_queryset(self) -> QuerySet[TaxReturn]:
        return own_rows(self.request, TaxReturn.objects.order_by("-start_date", "-pk"))

    @extend_schema(request=TaxReturnIn, responses={201: TaxReturnOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft whose figures follow the books until it is filed."""
        body = TaxReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        made = services.create_return(company_id=company_id, actor=actor_of(request), **given)
        return Response(TaxReturnOut(made).data, status=201)

    @extend_schema(parameters=[OpenApiParameter("box", str, required=True)], responses=TaxReturnLineOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def lines(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The documents' lines behind a box."""
        found = self.get_object()
        rows = tax_returns.box_lines(found, request.query_params.get("box", ""), tax_returns.return_lines(found))
        sixth = Decimal("0.000001")
        return Response(
            TaxReturnLineOut(
                [{name: getattr(row, name) for name in row.__slots__}
                 | {"net": row.net.quantize(sixth), "tax": row.tax.quantize(sixth)} for row in rows],
                many=True,
            ).data
        )  # fmt: skip

    @extend_schema(request=FileReturnIn, responses=TaxReturnOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def file(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep the figures for good; its months take no more taxed documents."""
        body = FileReturnIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        filed = services.file_return(
            found.pk, company_id=found.company_id, actor=actor_of(request), reference=body.validated_data["reference"]
        )
        return Response(TaxReturnOut(filed).data)
