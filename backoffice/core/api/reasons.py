"""The reason that a step asks for, the same everywhere."""

from typing import Any

from rest_framework import serializers


class ReasonIn(serializers.Serializer[Any]):
    """reason: kept with the change."""

    reason = serializers.CharField(max_length=300)


class OptionalReasonIn(serializers.Serializer[Any]):
    """reason: kept with the change; may be left out."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
