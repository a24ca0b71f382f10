"""Numbered system checks of the environment: what is wrong, and what to do about it.

Django runs them before every command; wsgi and celery ask for them when they start. An error stops
the process, in the demo as in production. Numbers are never used twice:

E001 unknown ENVIRONMENT      E002 SECRET_KEY              E003 KEY_ENCRYPTION_KEYS
E004 demo secrets             E005 DEBUG                   E006 mail
E007 open network policy      E008 PKI_URL                 E009 PUBLIC_URL
E010 no broker                E011 not a number            E012 VERIFICATION_*, DNSSEC_*
E013 WEAK_KEYS_FILE           E014 unreadable secret file  E015 DATABASE_URL
E016 DATA_DIR                 E017 PAYMENT, CURRENCY
W001 SQLite in production     W002 no list of weak keys    W003 no BANK_ACCOUNT
W004 too few perspectives     W005 no DNSSEC trust anchors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.utils import timezone

from config import demo_secrets
from config.environment import parse_encryption_keys
from pki import names, schedule
from pki.weak_keys import WeakKeys
from verification.policy import Resolver, parse_perspectives, parse_resolver
from verification.trust_anchors import parse_anchors

Messages = Iterator[checks.CheckMessage]
BOUNCE_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,12}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
SHORTEST_SECRET = 50  # characters; Django's own deployment check asks for as many


def error(code: str, text: str, hint: str) -> checks.CheckMessage:
    return checks.Error(text, hint=hint, id=f"reseal.{code}")


def check(function: Callable[[], Messages]) -> Callable[..., list[checks.CheckMessage]]:
    """Register a generator of messages as a check that runs always."""

    def run(app_configs: Any, **_options: Any) -> list[checks.CheckMessage]:
        return list(function())

    run.__name__ = function.__name__
    run.__doc__ = function.__doc__
    return checks.register(run)


def check_deployment(function: Callable[[], Messages]) -> Callable[..., list[checks.CheckMessage]]:
    """Register a generator of messages as a check of `check --deploy`."""

    def run(app_configs: Any, **_options: Any) -> list[checks.CheckMessage]:
        return list(function())

    run.__name__ = function.__name__
    run.__doc__ = function.__doc__
    return checks.register(run, deploy=True)


@check
def values_can_be_read() -> Messages:
    """What the settings could not read from the environment."""
    for problem in settings.SETTING_PROBLEMS:
        yield error(problem.code, problem.text, problem.hint)


@check
def secrets_are_ours() -> Messages:
    """Production has secrets of its own, and none of them is the demo's."""
    if not settings.IS_PRODUCTION:
        return
    given = settings.SECRET_KEY_GIVEN
    if len(given) < SHORTEST_SECRET:
        yield error(
            "E002",
            f"SECRET_KEY has {len(given)} characters; production needs {SHORTEST_SECRET} or more.",
            "Set SECRET_KEY, or SECRET_KEY_FILE, to a long random text that nobody else knows.",
        )
    demo = demo_secrets.read(settings.DEMO_SECRETS_FILE)
    demo_keys = parse_encryption_keys(demo["KEY_ENCRYPTION_KEYS"]) if demo else {}
    if demo and (
        given == demo["SECRET_KEY"]
        or set(demo_keys.values()) & set(settings.KEY_ENCRYPTION_KEYS.values())
    ):
        yield error(
            "E004",
            f"The secrets are those of the demo in {settings.DEMO_SECRETS_FILE}.",
            "Make new ones for production; what the demo sealed stays with the demo.",
        )


@check
def production_is_closed() -> Messages:
    """Production shows no debug pages and keeps the guarded door shut."""
    if not settings.IS_PRODUCTION:
        return
    if settings.DEBUG:
        yield error("E005", "DEBUG is on in production.", "Unset DEBUG.")
    if settings.VERIFICATION_ALLOWED_NETWORKS:
        yield error(
            "E007",
            "VERIFICATION_ALLOWED_NETWORKS opens internal networks to outsiders' redirects.",
            "Unset it: it is for the demo and for tests.",
        )
    if settings.VERIFICATION_HTTP_PORTS != (80, 443):
        yield error(
            "E007",
            "VERIFICATION_HTTP_PORTS is not 80,443; proof on another port proves nothing (BR 1.6.1,"
            " Authorized Ports).",
            "Unset it: it is for the demo and for tests.",
        )
    if not settings.REDIS_URL:
        yield error(
            "E010",
            "REDIS_URL is not set; production has no broker, so no worker gets work.",
            "Set REDIS_URL, or REDIS_URL_FILE, to redis://host:6379/0 or rediss://….",
        )


@check
def mail_leaves_the_house() -> Messages:
    """Production hands its mail to a real server."""
    if settings.IS_PRODUCTION and not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield error(
            "E006",
            "Mail is not sent by SMTP in production: nobody would get a confirmation.",
            "Set EMAIL_URL, or EMAIL_URL_FILE, to smtp+tls://user:password@host:587.",
        )


@check
def bounces_come_back_to_one_address() -> Messages:
    """Token and plus must fit before the @ too (64 octets, RFC 5321 4.5.3.1.1)."""
    if settings.BOUNCE_ADDRESS and not BOUNCE_ADDRESS.fullmatch(settings.BOUNCE_ADDRESS):
        yield error(
            "E006",
            f"BOUNCE_ADDRESS is {settings.BOUNCE_ADDRESS!r}, which is no plain address.",
            "Write one with a short word before the @ and no plus, as bounces@example.com.",
        )


@check
def pki_url_can_stand_in_certificates() -> Messages:
    """PKI_URL is plain http and a public name (RFC 5280 4.2.2.1; linters refuse all else)."""
    url = urlsplit(settings.PKI_URL)
    host = url.hostname or ""
    if url.scheme != "http" or url.path or url.query or url.username or not _has_port(url.netloc):
        problem = "is not http:// with a name and nothing behind it"
    elif not _is_public_name(host):
        problem = f"names {host or 'nothing'}, which is not a name below a public suffix"
    else:
        return
    yield error(
        "E008",
        f"PKI_URL is {settings.PKI_URL!r} and {problem}.",
        "It becomes part of every certificate: write http://pki. and a domain that you hold.",
    )


@check
def public_url_is_safe() -> Messages:
    """PUBLIC_URL is a web address, in production over https."""
    url = urlsplit(settings.PUBLIC_URL)
    schemes = ("https",) if settings.IS_PRODUCTION else ("http", "https")
    if url.scheme in schemes and url.hostname and _has_port(url.netloc) and not url.query:
        return
    yield error(
        "E009",
        f"PUBLIC_URL is {settings.PUBLIC_URL!r}; people's address begins with"
        f" {' or '.join(f'{scheme}://' for scheme in schemes)} and a name.",
        "Write the address under which people reach this portal, as https://certs.example.com.",
    )


@check
def payment_is_real() -> Messages:
    """Money is paid in a way that we know, and in production not by pressing a button."""
    if settings.PAYMENT not in {"bank", "demo"}:
        yield error(
            "E017",
            f"PAYMENT is {settings.PAYMENT!r}; only bank and demo are known.",
            "Set it to bank, or unset it.",
        )
    elif settings.IS_PRODUCTION and settings.PAYMENT != "bank":
        yield error(
            "E017",
            "PAYMENT is demo in production: everybody could order without paying.",
            "Set PAYMENT to bank, or unset it.",
        )
    if not re.fullmatch("[A-Z]{3}", settings.CURRENCY):
        yield error(
            "E017",
            f"CURRENCY is {settings.CURRENCY!r}, which is not three capitals.",
            "Write a code of ISO 4217, such as EUR.",
        )


@check_deployment
def customers_can_pay() -> Messages:
    """Who orders is told where to transfer the money to."""
    if settings.PAYMENT == "bank" and not settings.BANK_ACCOUNT:
        yield checks.Warning(
            "BANK_ACCOUNT is not set: who orders is not told where to transfer the money to.",
            hint="Write the holder, the bank and the number of the account, as people read it.",
            id="reseal.W003",
        )


@check
def verification_can_be_read() -> Messages:
    """Resolvers are addresses with a port; networks are networks."""
    for name, parse, form in (
        ("VERIFICATION_RESOLVERS", parse_resolver, "192.0.2.1:53"),
        ("VERIFICATION_ALLOWED_NETWORKS", ip_network, "127.0.0.0/8"),
    ):
        for text in getattr(settings, name):
            try:
                parse(text)
            except ValueError as problem:
                yield error(
                    "E012",
                    f"{name} cannot be read: {problem}.",
                    f"Separate entries like {form} with commas.",
                )
    try:
        parse_perspectives(settings.VERIFICATION_PERSPECTIVES, _primary())
    except ValueError as problem:
        yield error(
            "E012",
            f"VERIFICATION_PERSPECTIVES cannot be read: {problem}.",
            "Separate entries like paris=192.0.2.1:53 with blanks; each has a resolver of its own.",
        )
    try:
        parse_anchors(settings.DNSSEC_TRUST_ANCHORS)
    except ValueError as problem:
        yield error(
            "E012",
            f"DNSSEC_TRUST_ANCHORS cannot be read: {problem}.",
            "Write DS or DNSKEY records as in a zone file: . IN DS 20326 8 2 E06D44B8….",
        )


def _primary() -> list[Resolver]:
    """The primary resolvers as far as they can be read; what cannot is told by itself."""
    found = []
    for text in settings.VERIFICATION_RESOLVERS:
        with suppress(ValueError):
            found.append(parse_resolver(text))
    return found


@check
def weak_keys_can_be_read() -> Messages:
    """The list of weak keys, when one is named, is there and can be read."""
    if not settings.WEAK_KEYS_FILE:
        return
    try:
        WeakKeys.load(settings.WEAK_KEYS_FILE)
    except (OSError, ValueError) as problem:
        yield error(
            "E013",
            f"WEAK_KEYS_FILE names {settings.WEAK_KEYS_FILE}, which cannot be read:"
            f" {type(problem).__name__}.",
            "Name a file with one SHA-256 in hex a line, or unset it.",
        )


@check_deployment
def weak_keys_are_listed() -> Messages:
    """Without a list, keys made by Debian's broken generator of 2008 are accepted."""
    if not settings.WEAK_KEYS_FILE:
        yield checks.Warning(
            "WEAK_KEYS_FILE is not set: keys of Debian's broken generator are not recognised.",
            hint="Name a file with one SHA-256 in hex a line (docs/operations.md says of what).",
            id="reseal.W002",
        )


@check_deployment
def database_serves_many() -> Messages:
    """SQLite is one file on one machine."""
    if settings.IS_PRODUCTION and settings.DATABASE_URL.startswith("sqlite:"):
        yield checks.Warning(
            "The database is SQLite: one machine, one writer at a time.",
            hint="Set DATABASE_URL to postgresql://user:password@host:5432/name.",
            id="reseal.W001",
        )


@check_deployment
def names_are_seen_from_enough_places() -> Messages:
    """As many as the rules of the day demand (BR 3.2.2.9), and signatures checked by ourselves."""
    if not settings.IS_PRODUCTION:
        return
    least = schedule.perspectives(timezone.now())
    named = len(settings.VERIFICATION_PERSPECTIVES)
    if named < least:
        yield checks.Warning(
            f"VERIFICATION_PERSPECTIVES names {named} places; today a CA looks from {least} beside"
            " its own at least (BR 3.2.2.9).",
            hint="Name a resolver in each place, as paris=192.0.2.1:53 tokyo=192.0.2.2:53.",
            id="reseal.W004",
        )
    if not settings.DNSSEC_TRUST_ANCHORS:
        yield checks.Warning(
            "DNSSEC_TRUST_ANCHORS is not set: whoever is on the way to the resolver is believed.",
            hint="Set DNSSEC_TRUST_ANCHORS_FILE to the root's, such as /usr/share/dns/root.key.",
            id="reseal.W005",
        )


def _has_port(netloc: str) -> bool:
    """Whether the host part has a readable port, or none."""
    try:
        return urlsplit(f"//{netloc}").port != 0
    except ValueError:
        return False


def _is_public_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(names.registered_domain(host))
    return False
