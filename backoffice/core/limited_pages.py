"""Pages of the ground and the roof that people with limits may open (backoffice/core/scope_gate)."""

from backoffice.core.registry import LimitedPage

_OWN = "what is one's own, or the same for everybody"
_FOUND = "each part shows what its model's pages show this person"

LIMITED_PAGES = (
    *(LimitedPage(f"api/v1/{route}/", why=_FOUND) for route in ("audit", "search")),
    *(
        LimitedPage(f"admin/{route}", why=_OWN)
        for route in (
            "login/", "login/second/", "logout/", "password_change/", "password_change/done/", "confirm/", "jsi18n/",
            "security/", "security/app/", "security/app/confirm/", "security/passkey/", "security/passkey/options/",
            "security/codes/", "security/factor/<int:pk>/remove/", "security/sessions/end/",
            "checklist/<slug:code>/dismiss/", "core/scheduledreport/files/<int:pk>/",
            "manual/", "manual/<slug:chapter>/", "manual/pictures/<slug:name>.webp",
        )
    ),
    *(LimitedPage(f"admin/{route}", why=_FOUND) for route in ("", "find/", "search/", "autocomplete/", "(?P<url>.*)$")),
    LimitedPage("admin/core/user/<id>/password/", why="whoever may change people may set their passwords"),
    LimitedPage("admin/reports/sales/", asks=("channel",)),
    LimitedPage("admin/reports/valuation/", asks=("warehouse",), free_of=("channel",)),
)  # fmt: skip
