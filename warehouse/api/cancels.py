"""Answering cancel requests over HTTP."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from orders.api.cancel_requests import CancelRequestOut, CancelRequestViewSet
from warehouse import services


class AnswerIn(serializers.Serializer[Any]):
    """A refusal says why. location: the bin that picked goods go to; left out: where they were taken from."""

    accept = serializers.BooleanField()
    answer = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    location = serializers.IntegerField(min_value=1, required=False)


class AnsweredOut(CancelRequestOut):
    unpicked = serializers.DecimalField(max_digits=24, decimal_places=6, help_text="Taken off pick lists.")
    put_back = serializers.DecimalField(max_digits=24, decimal_places=6, help_text="From staging into a bin.")

    class Meta(CancelRequestOut.Meta):
        fields = [*CancelRequestOut.Meta.fields, "unpicked", "put_back"]


class CancelAnswerViewSet(CancelRequestViewSet):
    """Cancel requests, and the warehouse's answers."""

    access = {
        **CancelRequestViewSet.access,
        "list": ("warehouse:read", "orders.view_cancelrequest"),
        "retrieve": ("warehouse:read", "orders.view_cancelrequest"),
        "answer": ("warehouse:write", "orders.change_fulfilment"),
    }

    @extend_schema(request=AnswerIn, responses=AnsweredOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def answer(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Accept (tasks are cancelled, picked goods put back, exactly that much is cancelled) or refuse with a reason."""
        body = AnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked, given = self.get_object(), body.validated_data
        [result] = services.answer_cancels(
            [services.Answer(asked.pk, given["accept"], given["answer"], given.get("location"))],
            company_id=asked.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
        )
        row: Any = self.get_object()
        row.unpicked, row.put_back = result.unpicked, result.put_back
        return Response(AnsweredOut(row).data)
