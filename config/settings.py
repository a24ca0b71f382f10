"""The one settings file: everything comes from the environment (docs/operations.md has the table).

With ENVIRONMENT unset it is a demo that needs nothing else; production names its database, broker,
secrets, mail server and addresses. What cannot be read is a numbered system check, never a crash.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from config import demo_dns, demo_secrets
from config.environment import Environment, parse_encryption_keys
from config.logs import logging_to_stderr

environment = Environment()
SETTING_PROBLEMS = environment.problems

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = environment.choice("ENVIRONMENT", ("demo", "production"))
IS_PRODUCTION = ENVIRONMENT == "production"
DATA_DIR = Path(environment.text("DATA_DIR", "var"))
if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR
DEMO_SECRETS_FILE = DATA_DIR / "secrets.env"
DEBUG = environment.flag("DEBUG")

# Which process this is: only the web tier says so, and it never signs with a CA's key.
ROLE = environment.text("RESEAL_ROLE")
CA_KEYS_ALLOWED = ROLE != "web"

# --- secrets ------------------------------------------------------------------------------------

demo: dict[str, str] = {}
if not IS_PRODUCTION:
    try:
        demo = demo_secrets.read_or_make(DEMO_SECRETS_FILE)
    except OSError as error:
        environment.problem(
            "E016",
            f"DATA_DIR is {DATA_DIR}, where nothing can be written: {type(error).__name__}.",
            "Name a directory that this user may write to in DATA_DIR.",
        )

SECRET_KEY_GIVEN = environment.secret("SECRET_KEY", demo.get("SECRET_KEY", ""))
# A missing one is check E002, and nothing starts; until the checks have run, any value will do.
SECRET_KEY = SECRET_KEY_GIVEN or get_random_secret_key()

KEY_ENCRYPTION_KEYS: dict[str, bytes] = {}
encryption_keys = environment.secret("KEY_ENCRYPTION_KEYS", demo.get("KEY_ENCRYPTION_KEYS", ""))
try:
    KEY_ENCRYPTION_KEYS = parse_encryption_keys(encryption_keys)
except ValueError as error:
    environment.problem(
        "E003",
        f"KEY_ENCRYPTION_KEYS cannot be read: {error}.",
        "Give id:base64 of 32 random bytes, several separated by commas; the first encrypts.",
    )

# --- addresses ----------------------------------------------------------------------------------

PORT = environment.number("PORT", 8000, most=65535)
PUBLIC_URL = environment.text("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
PKI_URL = environment.text("PKI_URL", "http://pki.example.com").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or "localhost"
PKI_HOST = urlsplit(PKI_URL).hostname or "localhost"
MAIL_DOMAIN = PUBLIC_HOST
ALLOWED_HOSTS = [PUBLIC_HOST, PKI_HOST]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# --- database -----------------------------------------------------------------------------------

DATABASE_URL = environment.secret("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
if urlsplit(DATABASE_URL).scheme in {"sqlite", "postgres", "postgresql"}:
    DATABASES: dict[str, dict[str, Any]] = {"default": {**environ.Env.db_url_config(DATABASE_URL)}}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
    environment.problem(
        "E015",
        "DATABASE_URL cannot be read.",
        "Write postgresql://user:password@host:5432/name or sqlite:////path/to/file.",
    )
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE makes writers queue instead of failing; WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-20000;"
            "PRAGMA mmap_size=134217728;PRAGMA temp_store=MEMORY;"
        ),
    }
elif "postgresql" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- work ---------------------------------------------------------------------------------------

REDIS_URL = environment.secret("REDIS_URL")
WORK_LEASE = environment.number("WORK_LEASE", 60)  # seconds a worker may hold one row
WORK_TICK = environment.number("WORK_TICK", 10 if IS_PRODUCTION else 1)  # seconds
WORK_AT_ONCE = environment.number("WORK_AT_ONCE", 64, most=1000)  # looks of one round
WORK_NETWORK = "verification.network.network_from_settings"
# The hard limit of a task: no process works on a row whose lease somebody else may have taken.
LONGEST_TASK = max(WORK_LEASE, 30)

CELERY_BROKER_URL = REDIS_URL or None
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# A worker that names no queue fetches from both; `-Q rounds` makes one that only looks at names.
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {"celery": {}, "rounds": {}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = LONGEST_TASK
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": LONGEST_TASK * 5,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # Seconds. A page or command that nudges the workers must not wait for a broker that is away;
    # the workers themselves are more patient (config/celery.py).
    "socket_connect_timeout": 0.3,
    "socket_timeout": 0.3,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "work.tick",
        "schedule": WORK_TICK,
        # Ticks that nobody fetched in time say nothing that the next one does not say.
        "options": {"expires": max(5, WORK_TICK)},
    }
}
# The schedule is one entry without memory, so beat keeps no file that a kill could damage.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# --- the CA and proof ---------------------------------------------------------------------------

CA_WORKING_DAY = environment.number("CA_WORKING_DAY", 86400 if IS_PRODUCTION else 20)  # seconds
WEAK_KEYS_FILE = environment.text("WEAK_KEYS_FILE")
P521_ALLOWED = environment.flag("P521_ALLOWED")  # BR 6.1.5 allows the curve; clients rarely do
CURRENCY = environment.text("CURRENCY", "EUR")
PAYMENT = environment.text("PAYMENT", "bank" if IS_PRODUCTION else "demo")
BANK_ACCOUNT = environment.text("BANK_ACCOUNT")  # as customers read it
PAY_WITHIN_DAYS = environment.number("PAY_WITHIN_DAYS", 14)  # then an unpaid order lapses
DEMO_DNS_PORT = environment.number("DEMO_DNS_PORT", 10053, most=65535)
DEMO_DNS_ADDRESS_FILE = DATA_DIR / "run" / "dns.addr"
DEMO_WEB_PORT = environment.number("DEMO_WEB_PORT", 10080, most=65535)
DEMO_WEB_ADDRESS_FILE = DATA_DIR / "run" / "web.addr"
DEMO_WEB_ADDRESS = "" if IS_PRODUCTION else demo_dns.announced(DEMO_WEB_ADDRESS_FILE) or ""
DEMO_DNS_ADDRESS = "" if IS_PRODUCTION else demo_dns.announced(DEMO_DNS_ADDRESS_FILE) or ""
VERIFICATION_RESOLVERS = environment.listing("VERIFICATION_RESOLVERS")
if not VERIFICATION_RESOLVERS and not IS_PRODUCTION:
    VERIFICATION_RESOLVERS = list(filter(None, [demo_dns.announced(DEMO_DNS_ADDRESS_FILE)]))
VERIFICATION_PERSPECTIVES = environment.text("VERIFICATION_PERSPECTIVES").replace(",", " ").split()
DNSSEC_TRUST_ANCHORS = environment.secret("DNSSEC_TRUST_ANCHORS")  # public, but lines of a file
VERIFICATION_HTTP_PORTS = environment.ports("VERIFICATION_HTTP_PORTS", (80, 443))
VERIFICATION_PER_RESOLVER = environment.number("VERIFICATION_PER_RESOLVER", 250)  # looks at once
# Then a name that was never proved is looked at no more by itself; its value lives 30 days.
VERIFICATION_PAUSE_AFTER_DAYS = environment.number("VERIFICATION_PAUSE_AFTER_DAYS", 7, most=29)
VERIFICATION_ALLOWED_NETWORKS = environment.listing("VERIFICATION_ALLOWED_NETWORKS")

# --- cache --------------------------------------------------------------------------------------

# Only counts of tries (rate limits): few, and shared by all web processes without a second server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}

# --- mail ---------------------------------------------------------------------------------------

EMAIL_BACKEND = "verification.eml_backend.EmlBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "inbox")
EMAIL_TIMEOUT = 15
EMAIL_URL = environment.secret("EMAIL_URL")
if EMAIL_URL:
    try:
        vars().update(environ.Env.email_url_config(EMAIL_URL))
    except (ImproperlyConfigured, ValueError):
        environment.problem(
            "E006", "EMAIL_URL cannot be read.", "Write smtp+tls://user:password@host:587."
        )
# Where mail that cannot be delivered comes back to, with the mail's token after a plus.
BOUNCE_ADDRESS = environment.text("BOUNCE_ADDRESS")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"no-reply@{MAIL_DOMAIN}"

# --- the parts ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.forms",
    "config.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_fsm",
    "django_htmx",
    "formtools",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "work.apps.WorkConfig",
    "accounts.apps.AccountsConfig",
    "verification.apps.VerificationConfig",
    "authorities.apps.AuthoritiesConfig",
    "certificates.apps.CertificatesConfig",
    "config.apps.WiringConfig",
]
MIDDLEWARE = [
    "config.pki_host.PkiHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.language.LanguageMiddleware",
    "accounts.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

FORM_RENDERER = "config.form_renderer.LookRenderer"

# --- people -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation, which proves the address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  # a class
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reauthenticate": "accounts.sign_in_forms.ConfirmForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "reset_password": "accounts.sign_in_forms.ForgottenForm",
    "reset_password_from_key": "accounts.sign_in_forms.NewPasswordForm",
    "user_token": "accounts.sign_in_forms.LinkForm",
}
# All look back over five minutes (accounts.limits.WINDOW). The empty ones would count what the
# limit on wrong passwords and codes counts already, or guesses at links that nobody can guess.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/5m/ip,5/5m/key",
    "change_password": "5/5m/user",
    "reset_password": "20/5m/ip,3/5m/key",
    "login": "",
    "reauthenticate": "",
    "reset_password_from_key": "",
}
# Production stands behind the proxy that ends TLS; the last address that it names is the client's.
ALLAUTH_TRUSTED_PROXY_COUNT = int(IS_PRODUCTION)
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # see ACCOUNT_EMAIL_VERIFICATION
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "30/5m/ip"}
MFA_TOTP_ISSUER = "Reseal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
MFA_FORMS = {
    "authenticate": "accounts.sign_in_forms.SecondFactorForm",
    "authenticate_webauthn": "accounts.sign_in_forms.PasskeyFactorForm",
    "reauthenticate": "accounts.sign_in_forms.ConfirmByCodeForm",
    "reauthenticate_webauthn": "accounts.sign_in_forms.ConfirmByPasskeyForm",
    "activate_totp": "accounts.sign_in_forms.SetUpAppForm",
    "add_webauthn": "accounts.sign_in_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.sign_in_forms.NamePasskeyForm",
    "login_webauthn": "accounts.sign_in_forms.PasskeySignInForm",
}
PASSWORD_RESET_TIMEOUT = 3600  # seconds
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "first_name", "last_name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- language, time, static files ---------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each by its own name
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- the browser's side of security -------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_AGE = 12 * 3600
# "same-origin" and not "no-referrer": with the latter browsers send `Origin: null`, and every
# form would be refused.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_PRODUCTION
# Certificates, CRLs and OCSP are fetched over plain http by definition (RFC 5280 4.2.2.1).
SECURE_REDIRECT_EXEMPT = [r"^pki/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_PRODUCTION else 0
# W005, W021: PKI_URL may be a name below PUBLIC_URL's and must stay reachable by plain http, so
# sub-domains are not included in HSTS and the name is not for browsers' preload lists.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- logs ---------------------------------------------------------------------------------------

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.scrubbing.ReportFilter"
LOGGING = logging_to_stderr(environment.text("LOG_LEVEL", "INFO").upper())
