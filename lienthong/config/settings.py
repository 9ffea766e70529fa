"""Django's settings, from the environment alone; read them as `django.conf.settings`, never from here.

There are no per-environment files: what differs is a variable of `environment`, and is listed in docs/operate.md.
"""

from typing import cast

from django.utils.functional import SimpleLazyObject
from psycopg.conninfo import make_conninfo

from lienthong.config import clock, environment, paths
from lienthong.database import address, roles
from lienthong.gateways.keyring import Keyring

_environment = environment.current()

# ---------------------------------------------------------------- keys, opened at the first use


def _open_keyring() -> Keyring:
    # A file the operator named is never made anew: a missing mount must not become a new identity.
    is_ours = _environment.secret_file is None or not _environment.is_production
    return Keyring.open(paths.secret_file(), create=is_ours)


KEYRING: Keyring = SimpleLazyObject(_open_keyring)  # type: ignore[assignment]
SECRET_KEY: str = SimpleLazyObject(lambda: KEYRING.secret("django").hex())  # type: ignore[assignment]

# ---------------------------------------------------------------- the installation

PRODUCTION = _environment.is_production
CLOCK = clock.now
AUDIT_WITNESSES = paths.witness_folders()
SCANS = paths.scans_folder()
LINKAGES = paths.linkages_folder()
LINK_MEMORY = f"{_environment.link_memory_gb}GB"
PUBLISHED = paths.home()
DEBUG = False
ALLOWED_HOSTS = list(_environment.hosts)
PROXIES = _environment.proxies
METRICS_READERS = _environment.metrics_readers
MEASURES = paths.measures_folder()
MATCH_ASK_ABOVE = _environment.match_ask_percent / 100
MATCH_PRIOR_BITS = float(_environment.match_prior_bits)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
ROOT_URLCONF = "lienthong.config.urls"
ASGI_APPLICATION = "lienthong.config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "lienthong.database",
    "lienthong.audit",
    "lienthong.catalogues",
    "lienthong.accounts",
    "lienthong.notices",
    "lienthong.persons",
    "lienthong.dossiers",
    "lienthong.collection",
    "lienthong.cards",
    "lienthong.births",
    "lienthong.reports",
    "lienthong.oversight",
    "lienthong.web",
    "lienthong.web.staff",
    "lienthong.web.public",
    "lienthong.web.hospital",
    "django.contrib.postgres",
]
MIDDLEWARE = [
    "lienthong.web.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]

# ---------------------------------------------------------------- the database

_owner = address.owner(_environment.database_url, _environment.home)
_role = _environment.role.value
_is_web = _environment.role is environment.DatabaseRole.WEB
_as_owner = roles.signs_in_as_owner(_owner, _environment.home)
_login = _owner if _as_owner else _owner.signed_in(address.login_role(_owner.dbname, _role))


def _login_password() -> str:
    if _as_owner:
        return _owner.password
    return address.login_password(KEYRING.secret("django"), _login.user)


DATABASES = {
    "default": address.django_settings(
        _login,
        password=cast(
            "str", SimpleLazyObject(_login_password) if _environment.database_url else ""
        ),
        options={
            "options": address.server_options(_role, signs_in_as_owner=_as_owner),
            # Pages share a few connections; a step holds one for as long as it runs.
            **({"pool": {"min_size": 2, "max_size": 12, "timeout": 5}} if _is_web else {}),
        },
    ),
    "owner": address.django_settings(_owner),
}


def _gateway_conninfo() -> str:
    """Where the hospitals' gateway connects, with a role of its own that may read no table."""
    if _as_owner:
        login, password = _owner, _owner.password
    else:
        login = _owner.signed_in(address.login_role(_owner.dbname, "gateway"))
        is_embedded = not _environment.database_url
        password = (
            "" if is_embedded else address.login_password(KEYRING.secret("django"), login.user)
        )
    options = address.server_options("gateway", signs_in_as_owner=_as_owner)
    return make_conninfo(login.signed_in(login.user, password).conninfo, options=options)


GATEWAY_CONNINFO: str = SimpleLazyObject(_gateway_conninfo)  # type: ignore[assignment]

HOSPITAL_TOKEN_HONOURED = _environment.hospital_token
HOSPITAL_TOKEN_STATUS = _environment.hospital_token_status
HOSPITAL_ORIGINS = frozenset(_environment.hospital_origins)

# ---------------------------------------------------------------- pages

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request"],
            "builtins": [
                "lienthong.web.tags",
                "lienthong.web.staff.navigation",
                "lienthong.web.staff.helplinks",
            ],
        },
    }
]
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
# Pages group figures where people read them; a key in a form must stay a bare number.
USE_THOUSAND_SEPARATOR = False
FORMAT_MODULE_PATH = ["lienthong.config.formats"]

# ---------------------------------------------------------------- hardening (headers: lienthong.web.headers)

PASSWORD_HASHERS = ["lienthong.accounts.passwords.Argon2id"]
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-lienthong-form" if PRODUCTION else "lienthong-form"
CSRF_FAILURE_VIEW = "lienthong.web.answers.stale_form"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_572_864
"""A little over the mebibyte a birth message may have: a larger body is refused before it is read."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
"""A unit's whole list in one approval."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "lienthong.config.logs.JsonLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "lienthong": {"level": "WARNING"},
        # A line for each page: method, route, status, time; no address, no person.
        "lienthong.web.access": {"level": "INFO" if PRODUCTION else "WARNING"},
        "django.server": {"handlers": [], "propagate": True},
        # Every 4xx is in the access log already.
        "django.request": {"level": "ERROR"},
    },
}
