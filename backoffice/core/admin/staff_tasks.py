"""What people are to do: one's own list, all of it, a form to ask for something, and buttons to end it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core import staff_tasks
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import DomainError
from backoffice.core.models import StaffTask, StaffTaskStatus, User
from backoffice.core.registry import links_of
from backoffice.core.show import kind_name, who_of
from backoffice.core.staff import StaffRole

ADD, CHANGE = "core.add_stafftask", "core.change_stafftask"
_BOX = {"class": "bo-input"}


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.get_full_name() or obj.get_username()


class RoleField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(StaffRole(obj.name).label)


class TaskForm(forms.Form):
    """Who is to do what until when."""

    title = forms.CharField(label=_("What to do"), max_length=200, widget=forms.TextInput(attrs=_BOX))
    owner = PersonField(
        label=pgettext_lazy("who works here", "Person"), queryset=User.objects.none(), required=False, widget=forms.Select(attrs=_BOX),
        help_text=_("Empty: whoever has the role."),
    )  # fmt: skip
    role = RoleField(label=_("Role"), queryset=Group.objects.none(), required=False, widget=forms.Select(attrs=_BOX))
    due_date = forms.DateField(
        label=_("Due"), required=False, widget=forms.DateInput(attrs={"type": "date", **_BOX}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2, **_BOX})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(is_active=True, is_staff=True).order_by("username")  # type: ignore[attr-defined]
        self.fields["role"].queryset = Group.objects.filter(name__in=StaffRole.values).order_by("name")  # type: ignore[attr-defined]


def _open(rows: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
    return rows.filter(status=StaffTaskStatus.OPEN)


@admin.register(StaffTask)
class StaffTaskAdmin(FactAdmin):
    list_display = ["title", "show_about", "show_owner", "due_date", "show_status", "show_creator", "created_at"]
    list_select_related = ["owner", "role"]
    list_views = (
        ListView("open", _("Open"), _open, ("due_date", "id")),
        ListView(
            "late", _("Late"), lambda rows: _open(rows).filter(due_date__lt=timezone.localdate()), ("due_date", "id")
        ),
        ListView("ended", _("Ended"), lambda rows: rows.exclude(status=StaffTaskStatus.OPEN), ("-ended_at", "-id")),
        ListView("all", _("All")),
    )
    first_view = "open"
    search_fields = ["title"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffTask]:
        """One's own and one's roles'; all for those who manage rules or people."""
        rows = super().get_queryset(request)
        user = request.user
        if user.is_superuser or user.has_perm("orders.change_automationrule") or user.has_perm("core.change_user"):
            return rows
        return rows.filter(Q(owner=user) | Q(owner__isnull=True, role__in=user.groups.all()))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, its rows with links to what they are about: one look-up for each kind of document."""
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        links = links_of([(task.source_type, task.source_id) for task in rows if task.source_id])
        for task in rows:
            task.link = links.get((task.source_type, task.source_id or 0))
        found.result_list = rows
        return found

    @display(description=_("What it is about"))
    def show_about(self, task: StaffTask) -> str:
        if link := getattr(task, "link", None):
            return format_html('<a class="bo-link" href="{}">{}</a>', link.url, link.label)
        return f"{kind_name(task.source_type)} {task.source_id}" if task.source_id else ""

    @display(description=_("Whose"))
    def show_owner(self, task: StaffTask) -> str:
        return whose(task)

    @display(description=_("asked by"), ordering="created_by")
    def show_creator(self, task: StaffTask) -> str:
        return who_of(task.created_by)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, task: StaffTask) -> tuple[str, str]:
        return task.status, task.get_status_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ADD)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/end/", view(self.end_view), name="core_stafftask_end"),
            path("<int:pk>/hand-on/", view(self.hand_on_view), name="core_stafftask_hand_on"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD)
        form = TaskForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            given = form.cleaned_data
            try:
                with transaction.atomic():
                    task = staff_tasks.give_task(
                        title=given["title"], owner=given["owner"], role=given["role"], due_date=given["due_date"],
                        note=given["note"], company_id=None, actor=Actor.of_request(request),
                    )  # fmt: skip
                messages.success(request, gettext("The task is given."))
                return HttpResponseRedirect(_url(task.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "backoffice/task_form.html", title=_("New task"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        if task is None or not self.has_view_permission(request, task):
            return super().change_view(request, object_id, form_url, extra_context)
        source = (task.source_type, task.source_id)
        return render_page(
            request,
            self.admin_site,
            "backoffice/task.html",
            title=task.title,
            opts=self.opts,
            task=task,
            whose=whose(task),
            is_late=task.status == StaffTaskStatus.OPEN and task.due_date and task.due_date < timezone.localdate(),
            link=links_of([source]).get(source) if task.source_id else None,  # type: ignore[call-overload]
            form=TaskForm(initial={"owner": task.owner_id, "role": task.role_id}),
            events=events_of(staff_tasks.OBJECT, task.pk),
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            status = "dropped" if request.POST.get("status") == "dropped" else "done"
            task = staff_tasks.end_task(
                self._own(request, pk), status=status, outcome=request.POST.get("outcome", "").strip(), actor=actor
            )
            return gettext("“%(task)s” is ended.") % {"task": task.title}

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def hand_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            owner = User.objects.filter(pk=_number(request, "owner"), is_active=True, is_staff=True).first()
            role = Group.objects.filter(pk=_number(request, "role"), name__in=StaffRole.values).first()
            task = staff_tasks.hand_on_task(self._own(request, pk), owner=owner, role=role, actor=actor)
            return gettext("Now with %(whose)s.") % {"whose": whose(task)}

        return run_action(request, act, back=reverse("admin:core_stafftask_changelist"), permission=CHANGE)

    def _own(self, request: HttpRequest, pk: int) -> int:
        """The task, if this person sees it."""
        task = self.get_queryset(request).filter(pk=pk).first()
        if task is None:
            raise staff_tasks.no_task(pk)
        return task.pk


def whose(task: StaffTask) -> str:
    """A person, else the role's name."""
    if task.owner is not None:
        return task.owner.get_username()
    return str(StaffRole(task.role.name).label) if task.role and task.role.name in StaffRole.values else str(task.role)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() else 0


def _url(pk: int) -> str:
    return reverse("admin:core_stafftask_change", args=[pk])
