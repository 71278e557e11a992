"""Settings, read from the environment by typed helpers that fail loudly. Importing this starts nothing."""

import tomllib
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.core.logs import formatter
from backoffice.embedded import data_dir
from backoffice.environment import BadEnvironment, env_bool, env_choice, env_int, env_list, env_str
from backoffice.files import files_storage
from backoffice.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# production: web and workers refuse the insecure key, cookies and redirects are HTTPS only.
# local: this machine only, on the embedded servers. demo: local, with the demo company. test: pytest.
MODE = env_choice("BACKOFFICE_MODE", "production", ["production", "local", "demo", "test"])
PRODUCTION = MODE == "production"
# What the status page and the logs name; a release's build gives its tag or commit.
VERSION = (
    env_str("BACKOFFICE_VERSION", "") or tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
)
DEBUG = env_bool("BACKOFFICE_DEBUG", False)
INSECURE_SECRET_KEY = "insecure-local-key-used-only-when-nothing-is-configured"
SECRET_KEY = env_str("BACKOFFICE_SECRET_KEY", "") or INSECURE_SECRET_KEY
SECRET_KEY_FALLBACKS = env_list("BACKOFFICE_SECRET_KEY_FALLBACKS", [])
# Fernet keys of the channels' secrets, newest first; empty outside production: derived from SECRET_KEY.
SECRETS_KEYS = env_list("BACKOFFICE_SECRETS_KEY", [])
ALLOWED_HOSTS = env_list("BACKOFFICE_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env_list("BACKOFFICE_CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "backoffice.admin_config.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "backoffice.core",
    "accounting",
    "inventory",
    "orders",
    "warehouse",
    "integrations",
    "backoffice.dashboard",
    "backoffice.operations",
    "bench",
]
MIDDLEWARE = [
    "backoffice.core.middleware.RequestIdMiddleware",
    "backoffice.core.api.limits.RateHeadersMiddleware",
    "backoffice.health.HealthMiddleware",
    "backoffice.operations.metrics.MetricsMiddleware",
    "backoffice.shedding.SheddingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "backoffice.security.ContentSecurityPolicyMiddleware",
    "backoffice.security.PageMethods",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.setup.middleware.SetupMiddleware",
    "backoffice.dashboard.middleware.ReaderMiddleware",
    "backoffice.core.signing_in.middleware.EnrolMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backoffice.security.NoNul",
    "backoffice.core.cards_middleware.CardNumbers",
    "backoffice.core.scope_gate.ScopeGate",
    "backoffice.dashboard.dead_links.DeadLinks",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "backoffice" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


PGBOUNCER = env_bool("BACKOFFICE_PGBOUNCER", False)


def database(url: str, *, role: str | None) -> dict[str, object]:
    """Django's database entry for a URL; `role` is taken on at every connect (SET ROLE)."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {k: v for k, v in query.items() if k != "host"}
    options.setdefault("application_name", f"backoffice-{MODE}")
    if role:
        options["assume_role"] = role
    if not PGBOUNCER:  # it takes no such parameter; the kernels' statements are prepared and planned once
        options.setdefault("options", "-c plan_cache_mode=force_generic_plan")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "backoffice",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": env_int("BACKOFFICE_CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": PGBOUNCER,
        "OPTIONS": options,
    }


# The application never works as the owner of its tables. DATABASE_OWNER_URL is the owner's login, used by
# `migrate` alone (manage.py sets BACKOFFICE_AS_OWNER); without it DATABASE_URL is the owner's login too,
# and every other process takes on the application's role at connect, which is weaker.
APP_ROLE = "backoffice_app"
DATABASE_URL = env_str("DATABASE_URL", "postgresql://localhost/backoffice")
DATABASE_OWNER_URL = env_str("DATABASE_OWNER_URL", "")
AS_OWNER = env_bool("BACKOFFICE_AS_OWNER", False)
DATABASES = {
    "default": database(DATABASE_OWNER_URL or DATABASE_URL, role=None)
    if AS_OWNER
    # Behind PgBouncer a role would be taken on by whichever connection is next: there the login must be the app's own.
    else database(DATABASE_URL, role=None if DATABASE_OWNER_URL or PGBOUNCER else APP_ROLE)
}


def broker_url(redis_url: str) -> str:
    """The broker's address on the cache's server: the next database, for the cache is emptied as a whole."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        number = int(dict(parse_qsl(parts.query)).get("db", "0")) + 1
        return f"redis+socket://{parts.path}?virtual_host={number}"
    number = int(parts.path.lstrip("/") or "0") + 1
    return parts._replace(path=f"/{number}").geturl()


# Redis or Valkey holds nothing that is truth: the cache, and hints for the workers.
REDIS_URL = env_str("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "backoffice",
        "TIMEOUT": 300,
    }
}

AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ka", "ქართული"), ("ru", "Русский")]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "backoffice" / "english"]
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "backoffice.formats"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "backoffice" / "theme"]  # in place of the theme's own files
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES: dict[str, dict[str, Any]] = {
    "default": files_storage(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if not PRODUCTION:
    warnings.filterwarnings("ignore", message="No directory at", module="whitenoise.base")
WHITENOISE_USE_FINDERS = not PRODUCTION  # no collectstatic on a laptop
WHITENOISE_AUTOREFRESH = MODE == "test"  # files found when asked for: each test's client would list them all anew
# Where people and channels reach this server from outside, with https://: channels fetch products' pictures there.
PUBLIC_URL = env_str("BACKOFFICE_PUBLIC_URL", "").rstrip("/")
MEDIA_URL = "media/"
MEDIA_ROOT = env_str("BACKOFFICE_MEDIA_ROOT", str(BASE_DIR / "media"))

# Mails to customers. Without an address they wait; on a laptop they become files, and nothing is sent.
EMAIL_URL = env_str("BACKOFFICE_EMAIL_URL", "" if PRODUCTION else f"file:{data_dir() / 'mail'}")
MAIL_READY = bool(EMAIL_URL)
globals().update(mail_settings(EMAIL_URL))
EMAIL_TIMEOUT = 20
ALARM_MAILS = env_list("BACKOFFICE_ALARM_MAILS", [])  # who is written to when something needs a person
DEFAULT_FROM_EMAIL = env_str("BACKOFFICE_EMAIL_FROM", "") or ("" if PRODUCTION and MAIL_READY else "noreply@localhost")
if not DEFAULT_FROM_EMAIL:
    raise BadEnvironment("BACKOFFICE_EMAIL_FROM is not set: give the address that mails to customers come from.")

# Hosts and networks of one's own that may be called although they are private, also without TLS: "10.8.0.0/16,shop.lan".
EGRESS_ALLOW = env_list("BACKOFFICE_EGRESS_ALLOW", [] if PRODUCTION else ["localhost", "127.0.0.0/8", "::1/128"])

# Drop folders of shops lie below these: who may set a connection up must not read the rest of the server.
DROP_FOLDERS = env_list("BACKOFFICE_DROP_FOLDERS", [] if PRODUCTION else ["/"])

# When the watch over the house raises an alarm; an empty limit is none. Ages in seconds.
HOUSE_LIMITS: dict[str, float | None] = {
    "outbox_lag_s": env_int("BACKOFFICE_ALARM_OUTBOX_LAG_S", 300),
    "card_numbers": env_int("BACKOFFICE_ALARM_CARD_NUMBERS", 0),
    "inbox_dead": env_int("BACKOFFICE_ALARM_INBOX_DEAD", 0),
    "queue_length": env_int("BACKOFFICE_ALARM_QUEUE_LENGTH", 5000),
    "queue_wait_s": env_int("BACKOFFICE_ALARM_QUEUE_WAIT_S", 300),
    "workers": env_int("BACKOFFICE_ALARM_WORKERS", 1),
    "proof_age_s": env_int("BACKOFFICE_ALARM_PROOF_AGE_S", 2 * 3600 + 600),
    "backup_age_s": env_int("BACKOFFICE_ALARM_BACKUP_AGE_S", 26 * 3600),
    "wal_behind_mb": env_int("BACKOFFICE_ALARM_WAL_BEHIND_MB", 512),
    "disk_free_percent": env_int("BACKOFFICE_ALARM_DISK_FREE_PERCENT", 10),
    "connections_percent": env_int("BACKOFFICE_ALARM_CONNECTIONS_PERCENT", 80),
}
JOB_GRACE_S = env_int("BACKOFFICE_ALARM_JOB_GRACE_S", 300)  # beyond two of its spans, until a job counts as late
JOB_FAILURES = env_int("BACKOFFICE_ALARM_JOB_FAILURES", 3)  # in a row
METRICS_TOKEN = env_str(
    "BACKOFFICE_METRICS_TOKEN", ""
)  # for /metrics and /statusz; without one only this machine may ask

# Handhelds of the floor. Where they reach us, if not where the back office is opened: "https://floor.example:8443".
SCAN_URL = env_str("BACKOFFICE_FLOOR_URL", "")
GS1_COMPANY_PREFIX = env_str("BACKOFFICE_GS1_COMPANY_PREFIX", "")  # 7 to 10 digits: handling units get SSCCs
SCAN_IDLE_MINUTES = env_int("BACKOFFICE_SCAN_IDLE_MINUTES", 15)  # without a scan, until a person is signed out

# Celery: a message is a hint that carries an id; the work is a row. Every task may run twice.
CELERY_BROKER_URL = env_str("BACKOFFICE_BROKER_URL", broker_url(REDIS_URL))
BROKER_STORE_URL = CELERY_BROKER_URL.replace("redis+socket:", "unix:").replace(
    "virtual_host=", "db="
)  # as a client takes it
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
# Soft reservations of storefronts' carts: how long at most, and how much one API key may hold at once.
RESERVATION_MAX_SECONDS = env_int("BACKOFFICE_RESERVATION_MAX_SECONDS", 3600)
RESERVATION_MAX_LIFE_SECONDS = env_int("BACKOFFICE_RESERVATION_MAX_LIFE_SECONDS", 4 * 3600)
RESERVATION_MAX_OPEN = env_int("BACKOFFICE_RESERVATION_MAX_OPEN", 1000)
RESERVATION_MAX_QUANTITY = env_int("BACKOFFICE_RESERVATION_MAX_QUANTITY", 1000)

# So long waits what a killed worker had in hand of a channel's work; above what one exchange with a channel may take.
CHANNEL_LEASE_S = env_int("BACKOFFICE_CHANNEL_LEASE_S", 180)

CELERY_TASK_TIME_LIMIT = env_int("BACKOFFICE_TASK_TIME_LIMIT_S", 900)
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
TASK_MEMORY_MB = env_int("BACKOFFICE_TASK_MEMORY_MB", 1536)  # a task that asks for more fails alone; 0: no limit
CELERY_WORKER_MAX_MEMORY_PER_CHILD = TASK_MEMORY_MB * 1024 // 2 or None  # KiB: a child that grew beyond is replaced
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 1000  # without it a worker reconnects for every task
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the time limit: a task that outlives it would be run a second time beside the first.
    "visibility_timeout": CELERY_TASK_TIME_LIMIT + 300,
    # How soon the tasks of a killed worker are swept (interval x throttle seconds; 100 without this).
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "backoffice:",
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
TASK_QUEUES = ["channels", "outbox", "documents", "planning", "default"]
CELERY_TASK_ROUTES = (
    [
        ("*outbox*", {"queue": "outbox"}),
        ("integrations.*", {"queue": "channels"}),
        ("*.documents.*", {"queue": "documents"}),
        ("*.planning.*", {"queue": "planning"}),
    ],
)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# Of a key that has no limit of its own.
API_REQUESTS_PER_MINUTE = env_int("BACKOFFICE_API_REQUESTS_PER_MINUTE", 1200)

# So long may a request wait for a thread; beyond it is refused: 503. 0: however long.
API_WAIT_MS = env_int("BACKOFFICE_API_WAIT_MS", 300)
PAGE_WAIT_MS = env_int("BACKOFFICE_PAGE_WAIT_MS", 5000)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backoffice.core.api.auth.ApiKeyAuthentication",  # first: its challenge makes the 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.core.api.auth.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["backoffice.core.api.limits.KeyRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backoffice.core.api.parsers.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["backoffice.core.api.filters.Filters"],
    "DEFAULT_PAGINATION_CLASS": "backoffice.core.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "backoffice.core.api.schema.HouseSchema",
    "EXCEPTION_HANDLER": "backoffice.core.api.errors.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
SPECTACULAR_SETTINGS = {
    "TITLE": "Backoffice",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backoffice.core.api.schema.document_refusals",
        "backoffice.core.api.examples.give_examples",
    ],
    "DESCRIPTION": "Send `Authorization: Api-Key <key>`; write with an `Idempotency-Key`. Errors are problem+json.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAdminUser"],
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {  # where several models have a field of the same name
        "AdjustmentStatusEnum": "inventory.models.AdjustmentStatus.choices",
        "AssemblyKindEnum": "inventory.models.AssemblyKind.choices",
        "BillKindEnum": "accounting.models.BillKind.choices",
        "CostMethodEnum": "inventory.models.CostMethod.choices",
        "LandedCostKindEnum": "inventory.models.LandedCostKind.choices",
        "PackKindEnum": "inventory.models.PackKind.choices",
        "ProblemKindEnum": "warehouse.models.ProblemKind.choices",
        "ProblemStatusEnum": "warehouse.models.ProblemStatus.choices",
        "ReceiptStatusEnum": "warehouse.models.ReceiptStatus.choices",
        "RevaluationKindEnum": "inventory.models.RevaluationKind.choices",
        "TransferSettlementKindEnum": "inventory.models.SettlementKind.choices",
        "CancelRequestStatusEnum": "orders.models.CancelRequestStatus.choices",
        "ChargeKindEnum": "orders.models.ChargeKind.choices",
        "InvoiceKindEnum": "accounting.models.InvoiceKind.choices",
        "OrderStatusEnum": "orders.models.OrderStatus.choices",
        "PaymentMethodEnum": "orders.models.PaymentMethod.choices",
        "UnitKindEnum": "warehouse.models.UnitKind.choices",
        "PickMethodEnum": "warehouse.models.PickMethod.choices",
        "PickupStatusEnum": "warehouse.models.PickupStatus.choices",
        "PickListStatusEnum": "warehouse.models.PickListStatus.choices",
        "PickTaskStatusEnum": "warehouse.models.PickTaskStatus.choices",
        "WaveStatusEnum": "warehouse.models.WaveStatus.choices",
        "StaffRoleEnum": "backoffice.core.staff.StaffRole.choices",
        "NewSkuStatusEnum": "inventory.api.catalogue_in.NEW_STATUSES",
        "ShiftStatusEnum": "warehouse.models.ShiftStatus.choices",
        "PromiseStateEnum": "orders.selectors.promises.STATE_CHOICES",
        "BatchItemStateEnum": "backoffice.core.api.batches.ITEM_STATES",
        "WebhookDeliveryStatusEnum": "integrations.models.DeliveryStatus.choices",
        "WebhookEndpointStatusEnum": "integrations.models.EndpointStatus.choices",
        "SubledgerEnum": "accounting.models.Subledger.choices",
        "TaxReturnKindEnum": "accounting.models.TaxReturnKind.choices",
        "DunningLetterStatusEnum": "accounting.models.DunningLetterStatus.choices",
        "DunningRunStatusEnum": "accounting.models.DunningRunStatus.choices",
        "DunningStopKindEnum": "accounting.models.StopKind.choices",
        "PartyMailKindEnum": "accounting.models.PartyMailKind.choices",
        "PartyMailStatusEnum": "accounting.models.PartyMailStatus.choices",
        "WriteOffKindEnum": "accounting.models.WriteOffKind.choices",
        "WriteOffStatusEnum": "accounting.models.WriteOffStatus.choices",
        "SideEnum": "accounting.models.Side.choices",
        "SkuStatusEnum": "inventory.models.SkuStatus.choices",
    },
}

UNFOLD = {
    "SITE_TITLE": "Backoffice",
    "SITE_HEADER": "Backoffice",
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("backoffice/favicon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "backoffice.dashboard.views.dashboard",
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "SCRIPTS": [
        lambda request: static("backoffice/alpine.js"),
        lambda request: static("backoffice/files.js"),
        lambda request: static("backoffice/charts.js"),
        lambda request: static("backoffice/fields.js"),
    ],
    "COMMAND": {"search_callback": "backoffice.dashboard.views.command_search"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Your sign-in"), "link": reverse_lazy("own_security")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "navigation": "backoffice.dashboard.navigation.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 200)",
            "100": "oklch(94.5% .032 200)",
            "200": "oklch(89.6% .06 202)",
            "300": "oklch(82.5% .09 205)",
            "400": "oklch(71.5% .115 210)",
            "500": "oklch(60.9% .115 218)",
            "600": "oklch(52% .105 223)",
            "700": "oklch(45% .09 224)",
            "800": "oklch(39.8% .075 227)",
            "900": "oklch(34% .06 228)",
            "950": "oklch(27% .05 230)",
        },
    },
}

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env_int("BACKOFFICE_SESSION_HOURS", 12) * 3600
SESSION_ENGINE = "backoffice.core.signing_in.sessions"  # keeps a digest of the cookie, and who is signed in where
# Wrong passwords or codes in a row until an account, or an address, waits; counted in the database.
SIGN_IN_TRIES = env_int("BACKOFFICE_SIGN_IN_TRIES", 10)
SIGN_IN_TRIES_ADDRESS = env_int("BACKOFFICE_SIGN_IN_TRIES_ADDRESS", 100)
SIGN_IN_WAIT_MINUTES = env_int("BACKOFFICE_SIGN_IN_WAIT_MINUTES", 15)
# How many proxies of one's own stand before us, each of which adds to X-Forwarded-For; 0: the header is not believed.
TRUSTED_PROXIES = env_int("BACKOFFICE_TRUSTED_PROXIES", 0)
# So long after the password or a second factor was given, money and rights may be touched without it; 0: always.
STEP_UP_MINUTES = env_int("BACKOFFICE_STEP_UP_MINUTES", 0 if MODE == "demo" else 15)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# HTTPS ends at the proxy, which must set X-Forwarded-Proto itself and drop what the client sent.
HTTPS_ONLY = env_bool("BACKOFFICE_HTTPS_ONLY", PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_SSL_REDIRECT = HTTPS_ONLY
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = env_int("BACKOFFICE_HSTS_SECONDS", 31_536_000 if HTTPS_ONLY else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
# The admin's theme sets styles; everything else gets the strict policy.
CSP_STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
CSP_ADMIN = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
CSP_ADMIN_PREFIXES = ("/admin/",)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": formatter(
            env_choice("BACKOFFICE_LOG_FORMAT", "json" if PRODUCTION else "line", ["json", "line"]), VERSION
        )
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": env_str("BACKOFFICE_LOG_LEVEL", "INFO" if PRODUCTION else "WARNING")},
    # Below that level botocore tells what it signs, headers and all, and httpx whole addresses: some hold keys.
    "loggers": {
        "django.request": {"level": "ERROR"},
        **{name: {"level": "WARNING"} for name in ("botocore", "boto3", "httpx")},
    },
}
