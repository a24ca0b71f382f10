"""The settings under test: the caller's environment is forgotten, the data live in a directory of
this process.

Only TEST_DATABASE_URL and TEST_REDIS_URL are listened to: the whole suite then runs on PostgreSQL,
and real workers on Redis. Processes that tests start inherit this environment and read
config.settings.
"""

import atexit
import os
import shutil
import tempfile

OURS = (
    "ENVIRONMENT",
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "KEY_ENCRYPTION_KEYS",
    "EMAIL_URL",
    "PUBLIC_URL",
    "PKI_URL",
    "CA_WORKING_DAY",
    "VERIFICATION_RESOLVERS",
    "VERIFICATION_PERSPECTIVES",
    "DNSSEC_TRUST_ANCHORS",
    "VERIFICATION_HTTP_PORTS",
    "VERIFICATION_ALLOWED_NETWORKS",
    "P521_ALLOWED",
    "WEAK_KEYS",  # WEAK_KEYS_FILE, by the loop below
    "PORT",
    "DEBUG",
    "LOG_LEVEL",
    "WORK_LEASE",
    "WORK_TICK",
    "DEMO_DNS_PORT",
    "DEMO_WEB_PORT",
    "BOUNCE_ADDRESS",
    "RESEAL_ROLE",
)
for name in OURS:
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)

# /tmp by name: the path of a unix socket below it must stay under 108 bytes.
data_dir = tempfile.mkdtemp(prefix="reseal-test-")
owner = os.getpid()


def remove_data() -> None:
    """Forked children run exit handlers too; the directory is their parent's."""
    if os.getpid() == owner:
        shutil.rmtree(data_dir, ignore_errors=True)


atexit.register(remove_data)
os.environ["DATA_DIR"] = data_dir
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{data_dir}/hypothesis"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from config.settings import *  # noqa: E402,F403
from config.settings import DATA_DIR, DATABASES, STATIC_ROOT  # noqa: E402

STATIC_ROOT.mkdir()

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: other processes and threads of a test see the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
