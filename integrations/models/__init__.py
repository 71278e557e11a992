from integrations.models.connections import (
    CodeMapping,
    Connection,
    ConnectionStatus,
    Cursor,
    Listing,
    QuarantinedRow,
    SyncRun,
    TrackingPush,
)

__all__ = [
    "CodeMapping",
    "Connection",
    "ConnectionStatus",
    "Cursor",
    "Listing",
    "QuarantinedRow",
    "SyncRun",
    "TrackingPush",
]
