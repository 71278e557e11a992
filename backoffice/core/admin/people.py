"""Users and their roles, and the keys of programs."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.core.admin.base import HouseAdmin, in_words, show_time
from backoffice.core.admin.limits import LIMITS_FIELDSET, LimitsAdmin, LimitsForm
from backoffice.core.admin.step_up import StepUpAdmin, ask_proof
from backoffice.core.api.auth import make_api_key
from backoffice.core.api.limits import limit_of
from backoffice.core.models import ApiKey, User
from backoffice.core.signing_in.sessions import end_other_sessions

admin.site.unregister(Group)


RIGHTS = ("is_active", "is_staff", "is_superuser", "groups")


class UserForm(LimitsForm, UserChangeForm):
    pass


class GroupForm(LimitsForm):
    pass


@admin.register(User)
class UserAdmin(StepUpAdmin, LimitsAdmin, DjangoUserAdmin, HouseAdmin):
    private_fields = ("username", "first_name", "last_name", "email")
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "email", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "time_zone")}),
        (_("Rights"), {"fields": RIGHTS}),
        LIMITS_FIELDSET,
    )
    filter_horizontal = ()
    autocomplete_fields = ["groups"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nobody gives themselves rights."""
        own = obj is not None and obj.pk == request.user.pk
        return [*super().get_readonly_fields(request, obj), *(RIGHTS if own else ())]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the audit trail names them: deactivate instead

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Whoever gets another password is signed out everywhere else."""
        if (asked := ask_proof(request)) is not None:
            return asked
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            end_other_sessions(request, int(id))
        return response


class RightsField(forms.ModelMultipleChoiceField):
    """Rights in the reader's words: their own names are stored in English."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.content_type} | {in_words(obj.codename.partition('_')[0])}"


@admin.register(Group)
class GroupAdmin(StepUpAdmin, LimitsAdmin, DjangoGroupAdmin, HouseAdmin):
    form = GroupForm
    fieldsets = ((None, {"fields": ("name", "permissions")}), LIMITS_FIELDSET)
    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            kwargs["form_class"] = RightsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ApiKeyForm(forms.ModelForm):
    maker: User  # who fills the form in

    def clean_user(self) -> User:
        """A key acts as its user: whoever made one for a person could be their second pair of eyes."""
        user: User = self.cleaned_data["user"]
        if user != self.maker and (user.has_usable_password() or user.last_login):
            raise forms.ValidationError(
                _("A key for another person would act in their name: choose yourself, or a user who has no password.")
            )
        return user

    class Meta:
        model = ApiKey
        fields = ["name", "user", "scopes", "channel_id", "company_id", "expires_at", "requests_per_minute"]
        help_texts = {
            "scopes": "orders:read, orders:write, orders:release, payments:read, payments:write, payments:refund, returns:read, returns:write, returns:decide, "
            "bills:read, bills:write, bills:approve, bills:post, bills:pay, bank:read, bank:write, bank:match, dunning:write, "
            "catalogue:read, catalogue:write, till:read, till:sell, till:discount, pickups:read, pickups:write, "
            "stock:read, stock:write, "
            "warehouse:read, warehouse:write, shipments:read, shipments:write, accounting:read, accounting:import, "
            "search:read, audit:read, proof:read, proof:run, rights:read, rights:write, "
            "transfers:read, transfers:write, adjustments:read, adjustments:write, adjustments:approve, shrinkage:read, "
            "stocktakes:read, stocktakes:count, stocktakes:write, stocktakes:review, wages:read, wages:write, "
            "jobs:read, jobs:run, imports:read, imports:run, views:read, views:write, prices:read, prices:write, opening:write, "
            "suppliers:read, suppliers:write, suppliers:bank, credit:read, approvals:read, approvals:write, "
            "webhooks:read, webhooks:write, changes:read, privacy:read, privacy:erase, channels:read, channels:write, connections:read, connections:write",
        }
        widgets = {"scopes": UnfoldAdminTextInputWidget}


@admin.register(ApiKey)
class ApiKeyAdmin(StepUpAdmin, HouseAdmin):
    """A key's text is shown once, when it is made; afterwards only its prefix is known."""

    form = ApiKeyForm
    list_display = ["name", "prefix", "user", "show_scopes", "show_rate", "show_used", "show_state"]
    list_select_related = ["user"]
    search_fields = ["name", "=prefix"]
    autocomplete_fields = ["user"]
    actions = ["revoke"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"maker": request.user})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Of a key that was made only its limit changes."""
        return [name for name in ApiKeyForm.Meta.fields if name != "requests_per_minute"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            old = ApiKey.objects.values_list("requests_per_minute", flat=True).get(pk=obj.pk)
            ApiKey.objects.filter(pk=obj.pk).update(requests_per_minute=obj.requests_per_minute)
            before, now = ("" if value is None else str(value) for value in (old, obj.requests_per_minute))
            self._record(request, obj, [("changed", "requests_per_minute", before, now)], "")
            return
        key, text = make_api_key(
            name=obj.name,
            user=obj.user,
            scopes=obj.scopes,
            channel_id=obj.channel_id,
            company_id=obj.company_id,
            expires_at=obj.expires_at,
            requests_per_minute=obj.requests_per_minute,
        )
        obj.pk = key.pk
        self._record(request, obj, [("created", "", "", key.prefix)], "")
        messages.warning(request, gettext("Copy the key now, it is shown this once: %(key)s") % {"key": text})

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        live = list(queryset.filter(revoked_at__isnull=True))
        revoked = ApiKey.objects.filter(pk__in=[key.pk for key in live]).update(revoked_at=timezone.now())
        for key in live:
            self._record(request, key, [("revoked", "", key.prefix, "")], "")
        messages.success(request, gettext("Revoked: %(count)s") % {"count": revoked})
        return None

    @admin.display(description=_("Scopes"))
    def show_scopes(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=_("Requests a minute"))
    def show_rate(self, key: ApiKey) -> str:
        return str(limit_of(key))

    @admin.display(description=_("Last used"))
    def show_used(self, key: ApiKey) -> str:
        return show_time(key.last_used_at)

    @admin.display(description=_("State"))
    def show_state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return gettext("Revoked")
        return gettext("Expired") if key.expires_at and key.expires_at < timezone.now() else gettext("Valid")
