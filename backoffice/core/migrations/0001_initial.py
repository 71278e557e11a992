import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import backoffice.core.fields
import backoffice.core.models.approving
import backoffice.core.models.tables
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        django.contrib.postgres.operations.TrigramExtension(),
        CreateModels(
            [
                migrations.CreateModel(
                    name="InboxMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("account", models.CharField(max_length=80, verbose_name="account")),
                        ("topic", models.CharField(max_length=80, verbose_name="topic")),
                        ("external_id", models.CharField(max_length=200, verbose_name="external id")),
                        ("version", models.CharField(blank=True, default="", max_length=80, verbose_name="version")),
                        ("body_sha256", models.BinaryField(max_length=32)),
                        (
                            "received_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="received at",
                            ),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=backoffice.core.fields.CurrentXid(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inbox message",
                        "verbose_name_plural": "inbox",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "topic", "external_id", "version"), name="inboxmessage_received_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JobRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("job", models.CharField(max_length=80, verbose_name="job")),
                        ("due_at", models.DateTimeField(verbose_name="due at")),
                        (
                            "started_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="started at",
                            ),
                        ),
                        ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                        (
                            "status",
                            models.CharField(
                                choices=[("running", "running"), ("ok", "OK"), ("failed", "failed")],
                                default="running",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("detail", models.JSONField(blank=True, default=dict, verbose_name="detail")),
                    ],
                    options={
                        "verbose_name": "job run",
                        "verbose_name_plural": "job runs",
                        "constraints": [
                            models.UniqueConstraint(fields=("job", "due_at"), name="jobrun_one_per_tick"),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["running", "ok", "failed"])),
                                name="jobrun_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutboxCursor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("consumer", models.CharField(max_length=80, unique=True, verbose_name="consumer")),
                        ("system_identifier", models.BigIntegerField()),
                        ("xid", backoffice.core.fields.XidField()),
                        ("event_id", models.BigIntegerField(default=0)),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), verbose_name="updated at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "outbox reader",
                        "verbose_name_plural": "outbox readers",
                    },
                ),
                migrations.CreateModel(
                    name="OutboxEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("topic", models.CharField(max_length=80, verbose_name="topic")),
                        ("key", models.CharField(max_length=200, verbose_name="key")),
                        ("payload", models.JSONField(default=dict, verbose_name="payload")),
                        ("company_id", models.BigIntegerField(blank=True, null=True, verbose_name="company")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="recorded at",
                            ),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=backoffice.core.fields.CurrentXid(), editable=False
                            ),
                        ),
                        (
                            "system_identifier",
                            models.BigIntegerField(
                                db_default=backoffice.core.fields.SystemIdentifier(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "outbox event",
                        "verbose_name_plural": "outbox",
                        "indexes": [models.Index(fields=["xid", "id"], name="outboxevent_xid")],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                        ),
                        ("language", models.CharField(blank=True, default="", max_length=10, verbose_name="language")),
                        (
                            "time_zone",
                            models.CharField(blank=True, default="", max_length=64, verbose_name="time zone"),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(("email", ""), _negated=True),
                                name="user_email_once",
                                violation_error_message="Another user has this e-mail address.",
                            )
                        ],
                    },
                    managers=[
                        ("objects", django.contrib.auth.models.UserManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "list_label",
                            models.CharField(
                                help_text="The model's label in lower case.", max_length=60, verbose_name="list"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("query", models.CharField(blank=True, max_length=2000, verbose_name="filter")),
                        ("shared", models.BooleanField(default=False, verbose_name="shared with everybody")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="owner",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "saved view",
                        "verbose_name_plural": "saved views",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("list_label", "owner", "name"), name="savedview_name_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("name", ""), _negated=True), name="savedview_named"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("prefix", models.CharField(max_length=16, unique=True, verbose_name="prefix")),
                        ("digest", models.BinaryField(max_length=32)),
                        ("name", models.CharField(max_length=100, verbose_name="name")),
                        (
                            "scopes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60),
                                default=list,
                                size=None,
                                verbose_name="scopes",
                            ),
                        ),
                        ("channel_id", models.BigIntegerField(blank=True, null=True, verbose_name="channel")),
                        ("company_id", models.BigIntegerField(blank=True, null=True, verbose_name="company")),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="expires at")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                        ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used at")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "API key",
                        "verbose_name_plural": "API keys",
                    },
                ),
                migrations.CreateModel(
                    name="ApprovalLimit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("company_id", models.BigIntegerField(verbose_name="company")),
                        (
                            "action",
                            models.CharField(
                                choices=backoffice.core.models.approving.approval_actions,
                                max_length=40,
                                verbose_name="action",
                            ),
                        ),
                        (
                            "amount",
                            backoffice.core.fields.AmountField(
                                blank=True,
                                help_text="In the company's currency. Empty: any value.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="may approve up to",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="auth.group",
                                verbose_name="role",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "approval limit",
                        "verbose_name_plural": "approval limits",
                        "ordering": ["company_id", "action", "amount"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company_id", "action", "group", "user"),
                                name="approvallimit_one_each",
                                nulls_distinct=False,
                                violation_error_message="This role or person has a limit for this action already: change that one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("group__isnull", True), ("user__isnull", False)),
                                    models.Q(("group__isnull", False), ("user__isnull", True)),
                                    _connector="OR",
                                ),
                                name="approvallimit_role_or_person",
                                violation_error_message="Choose either a role or a person.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__isnull", True), ("amount__gte", 0), _connector="OR"),
                                name="approvallimit_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ApprovalThreshold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("company_id", models.BigIntegerField(verbose_name="company")),
                        (
                            "action",
                            models.CharField(
                                choices=backoffice.core.models.approving.approval_actions,
                                max_length=40,
                                verbose_name="action",
                            ),
                        ),
                        (
                            "amount",
                            backoffice.core.fields.AmountField(
                                default=0,
                                help_text="In the company's currency. Up to this nobody is asked; above it somebody else than the author approves. 0: always.",
                                validators=[django.core.validators.MinValueValidator(0)],
                                verbose_name="free up to",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "approval threshold",
                        "verbose_name_plural": "approval thresholds",
                        "ordering": ["company_id", "action"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company_id", "action"),
                                name="approvalthreshold_one_per_action",
                                violation_error_message="This action has a threshold already: change that one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gte", 0)), name="approvalthreshold_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="recorded at",
                            ),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=backoffice.core.fields.CurrentXid(), editable=False
                            ),
                        ),
                        ("actor_label", models.CharField(max_length=150, verbose_name="who")),
                        ("company_id", models.BigIntegerField(blank=True, null=True, verbose_name="company")),
                        ("object_type", models.CharField(max_length=80, verbose_name="object type")),
                        ("object_id", models.BigIntegerField(verbose_name="object")),
                        ("action", models.CharField(max_length=40, verbose_name="action")),
                        ("field", models.CharField(blank=True, default="", max_length=80, verbose_name="field")),
                        ("old_value", models.TextField(blank=True, default="", verbose_name="from")),
                        ("new_value", models.TextField(blank=True, default="", verbose_name="to")),
                        ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                        ("request_id", models.CharField(blank=True, default="", max_length=64, verbose_name="request")),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "audit event",
                        "verbose_name_plural": "audit trail",
                        "indexes": [models.Index(fields=["object_type", "object_id", "id"], name="auditevent_object")],
                    },
                ),
                migrations.CreateModel(
                    name="BulkJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("action", models.CharField(max_length=60, verbose_name="action")),
                        ("object_type", models.CharField(max_length=60, verbose_name="object type")),
                        ("params", models.JSONField(blank=True, default=dict, verbose_name="parameters")),
                        (
                            "selection",
                            models.CharField(
                                blank=True,
                                help_text="The filter, in its words.",
                                max_length=500,
                                verbose_name="selection",
                            ),
                        ),
                        ("actor_label", models.CharField(max_length=150, verbose_name="actor")),
                        ("language", models.CharField(default="en", max_length=10, verbose_name="language")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting for a worker"),
                                    ("running", "Running"),
                                    ("stopped", "Stopped"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="queued",
                                max_length=8,
                                verbose_name="status",
                            ),
                        ),
                        ("stop_requested", models.BooleanField(default=False, verbose_name="stop requested")),
                        ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                        ("already", models.PositiveIntegerField(default=0, verbose_name="already so")),
                        ("refused", models.PositiveIntegerField(default=0, verbose_name="refused")),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="Claims since the last batch that was committed.",
                                verbose_name="attempts",
                            ),
                        ),
                        ("worked_ms", models.PositiveBigIntegerField(default=0, verbose_name="worked ms")),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="error")),
                        ("lease", models.UUIDField(blank=True, null=True, verbose_name="lease")),
                        ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="started",
                            ),
                        ),
                        ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                        (
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bulk job",
                        "verbose_name_plural": "bulk jobs",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["queued", "running"])),
                                fields=["id"],
                                name="bulkjob_live",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["queued", "running", "stopped", "done", "failed"])),
                                name="bulkjob_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("done"), "+", models.F("already")
                                            ),
                                            "+",
                                            models.F("refused"),
                                        ),
                                    )
                                ),
                                name="bulkjob_no_more_than_its_rows",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BulkJobRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("object_id", models.BigIntegerField(verbose_name="object")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("done", "Done"),
                                    ("already", "Already so"),
                                    ("refused", "Refused"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="result",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=60, verbose_name="code")),
                        ("detail", models.CharField(blank=True, max_length=500, verbose_name="detail")),
                        (
                            "job",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="core.bulkjob",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bulk job row",
                        "verbose_name_plural": "bulk job rows",
                        "indexes": [models.Index(fields=["job", "state", "id"], name="bulkjobrow_by_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("job", "object_id"), name="bulkjobrow_once"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["waiting", "done", "already", "refused"])),
                                name="bulkjobrow_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=200, verbose_name="key")),
                        ("method", models.CharField(max_length=8, verbose_name="method")),
                        ("path", models.CharField(max_length=500, verbose_name="path")),
                        ("body_sha256", models.BinaryField(max_length=32)),
                        ("status", models.PositiveSmallIntegerField(null=True, verbose_name="status")),
                        ("response", models.BinaryField(null=True, verbose_name="response")),
                        (
                            "content_type",
                            models.CharField(blank=True, default="", max_length=100, verbose_name="content type"),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "api_key",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="core.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "answered request",
                        "verbose_name_plural": "answered requests",
                        "indexes": [models.Index(fields=["created_at"], name="idempotencyrecord_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("api_key__isnull", False)),
                                fields=("api_key", "key"),
                                name="idempotencyrecord_once_per_api_key",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("api_key__isnull", True)),
                                fields=("user", "key"),
                                name="idempotencyrecord_once_per_user",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("noun", models.CharField(max_length=60, verbose_name="what it holds")),
                        ("company_id", models.BigIntegerField(verbose_name="company")),
                        ("name", models.CharField(max_length=200, verbose_name="file name")),
                        (
                            "content",
                            models.FileField(upload_to=backoffice.core.models.tables.stored_as, verbose_name="file"),
                        ),
                        ("size", models.PositiveIntegerField(verbose_name="bytes")),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "encoding",
                            models.CharField(
                                blank=True, help_text="Empty: found by itself.", max_length=10, verbose_name="encoding"
                            ),
                        ),
                        ("headings", models.JSONField(default=list, verbose_name="headings")),
                        (
                            "mapping",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Column names by heading, where they differ.",
                                verbose_name="mapping",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting to be checked"),
                                    ("checked", "Checked"),
                                    ("refused", "Cannot be read"),
                                    ("started", "Import started"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="status",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="error")),
                        ("new", models.PositiveIntegerField(default=0, verbose_name="new")),
                        ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                        ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                        ("wrong", models.PositiveIntegerField(default=0, verbose_name="wrong")),
                        ("language", models.CharField(default="en", max_length=10, verbose_name="language")),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                editable=False,
                                verbose_name="uploaded",
                            ),
                        ),
                        (
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="core.apikey",
                                verbose_name="API key",
                            ),
                        ),
                        (
                            "job",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="core.bulkjob",
                                verbose_name="job",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "import",
                        "verbose_name_plural": "imports",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "waiting")), fields=["id"], name="importfile_waiting"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "checked", "refused", "started"])),
                                name="importfile_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "number",
                            models.PositiveIntegerField(
                                help_text="As a spreadsheet counts: the headings are row 1.", verbose_name="row"
                            ),
                        ),
                        ("cells", models.JSONField(verbose_name="cells")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("changed", "Changed"),
                                    ("unchanged", "Unchanged"),
                                    ("wrong", "Wrong"),
                                ],
                                max_length=9,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "changes",
                            models.JSONField(
                                default=list, help_text="Field, old and new value of each.", verbose_name="changes"
                            ),
                        ),
                        (
                            "errors",
                            models.JSONField(
                                default=list, help_text="Field, message and code of each.", verbose_name="errors"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rows",
                                to="core.importfile",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "import row",
                        "verbose_name_plural": "import rows",
                        "indexes": [models.Index(fields=["file", "state", "id"], name="importrow_by_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("file", "number"), name="importrow_number_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["new", "changed", "unchanged", "wrong"])),
                                name="importrow_state_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InboxWork",
                    fields=[
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="work",
                                serialize=False,
                                to="core.inboxmessage",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("received", "received"),
                                    ("processing", "processing"),
                                    ("processed", "processed"),
                                    ("ignored", "ignored"),
                                    ("failed", "failed, will be tried again"),
                                    ("dead", "given up"),
                                ],
                                default="received",
                                max_length=12,
                                verbose_name="status",
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                        (
                            "error_code",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="error code"),
                        ),
                        ("error", models.TextField(blank=True, default="", verbose_name="error")),
                        (
                            "result_type",
                            models.CharField(blank=True, default="", max_length=80, verbose_name="result type"),
                        ),
                        ("result_id", models.BigIntegerField(blank=True, null=True, verbose_name="result")),
                        (
                            "due_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), verbose_name="due at"
                            ),
                        ),
                        ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), verbose_name="updated at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inbox work",
                        "verbose_name_plural": "inbox work",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["received", "processing", "failed"])),
                                fields=["due_at", "message"],
                                name="inboxwork_due",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["received", "processing", "processed", "ignored", "failed", "dead"])
                                ),
                                name="inboxwork_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "processing"), _negated=True),
                                    ("lease_until__isnull", False),
                                    _connector="OR",
                                ),
                                name="inboxwork_processing_has_lease",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayloadBody",
                    fields=[
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="payload",
                                serialize=False,
                                to="core.inboxmessage",
                            ),
                        ),
                        ("body", models.BinaryField()),
                        (
                            "content_type",
                            models.CharField(blank=True, default="", max_length=100, verbose_name="content type"),
                        ),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="erased at")),
                    ],
                    options={
                        "verbose_name": "payload",
                        "verbose_name_plural": "payloads",
                    },
                ),
            ]
        ),
    ]
