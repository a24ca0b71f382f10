"""The names that a certificate shall carry: which they come to, and all that is wrong with them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.kept_sentences import found_in_words
from authorities.key_policy import played_networks
from certificates import sensitive_words
from certificates.catalogue import DomainType
from certificates.obstacles import Obstacle
from certificates.story import Certificate
from pki import addresses, held_names, names
from pki.csr import CheckedCsr
from pki.findings import Finding, is_refused

MOST_LINES = 250
DOMAIN, MORE, CSR = "domain", "more_domains", "csr"  # which part of a wish a name came from


@dataclass(frozen=True)
class Asked:
    """The names in their canonical form, the main one first. A note refuses nothing."""

    names: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    notes: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class _Written:
    """One name as it was written; `line` counts the additional ones from 1."""

    text: str
    about: str
    line: int = 0

    def told(self, each: Obstacle) -> Obstacle:
        """With the number of the line that it is about."""
        if not self.line:
            return replace(each, about=self.about)
        message = _("Line %(line)d: %(what)s") % {"line": self.line, "what": each.message}
        return replace(each, message=message, about=self.about)


def ask(
    domain: str,
    more: Sequence[str],
    certificate: Certificate,
    checked: CheckedCsr | None,
    *,
    allows_addresses: bool = False,
) -> Asked:
    """Judge what was written (`more`: one a line, empty lines count) with what a CSR names."""
    if len(more) > MOST_LINES:  # no product holds more, and each would be told with what is wrong
        return Asked((), (_too_many(len(more), certificate, MORE),))
    written = [_Written(domain, DOMAIN)] if domain else []
    written += [_Written(text, MORE, line) for line, text in enumerate(more, 1) if text]
    obstacles: list[Obstacle] = []
    notes: list[Obstacle] = []
    good: list[tuple[str, _Written]] = []
    wrong: set[str] = set()  # counted with the others: each will be a name when it is corrected
    for each in written:
        if allows_addresses and addresses.is_address(each.text):
            name, findings = addresses.check(each.text, played_networks())
        else:
            name, findings = names.check_name(each.text)
        obstacles += [each.told(one) for one in refusals(findings, each.about)]
        if name is None:
            wrong.add(each.text)
            continue
        notes += [each.told(one) for one in _remarks(findings)]
        if name in [before for before, _each in good]:
            notes.append(each.told(_twice(name)))
        good.append((name, each))
    in_csr = checked.names if checked is not None else ()
    if checked is not None and checked.ok and domain and good and good[0][0] not in in_csr:
        message = _("The CSR is for %(csr)s, not for %(domain)s. Leave the domain out or match.")
        told = message % {"csr": ", ".join(in_csr), "domain": good[0][0]}
        return Asked(in_csr, (*obstacles, Obstacle("csr.domain_mismatch", told, DOMAIN)))
    good += [(name, _Written(name, CSR)) for name in in_csr]
    chosen = tuple(dict.fromkeys(name for name, _each in good))
    if not chosen and not obstacles and (checked is None or checked.ok):
        obstacles.append(missing())
    held = sensitive_words.active_words(certificate.product)
    issued = set(certificate.current.names) if certificate.current else set()
    first: dict[str, _Written] = {}
    for name, each in good:
        first.setdefault(name, each)
    obstacles += _count_obstacles(certificate, chosen, first, len(wrong))
    for name, each in first.items():
        # A word that was added later does not keep a leaked key in use: what is issued, is.
        is_new_host = name not in issued and not addresses.is_address(name)
        words = sensitive_words.obstacles(name, held) if is_new_host else ()
        obstacles += [each.told(one) for one in words]
        notes += [each.told(one) for one in _covered(name, chosen)]
        notes += [each.told(one) for one in why_held(name, issued)]
    return Asked(chosen, tuple(obstacles), tuple(notes))


def refusals(findings: Iterable[Finding], about: str) -> list[Obstacle]:
    """What of the findings refuses; a note, such as "written in lower case", does not."""
    refused = [each for each in findings if is_refused([each])]
    return [Obstacle(each.code, found_in_words(each), about) for each in refused]


def _remarks(findings: Iterable[Finding]) -> list[Obstacle]:
    """What refuses nothing: that a name will be written in another way."""
    return [Obstacle(each.code, found_in_words(each)) for each in findings]


def why_held(name: str, issued: Container[str]) -> list[Obstacle]:
    """Why people of the authority look at a name first; once issued, it was looked at."""
    return [] if name in issued else _remarks(held_names.reasons(name))


def missing() -> Obstacle:
    return Obstacle("domain.missing", _("Name the domain that it is for."), DOMAIN)


def _too_many(asked: int, certificate: Certificate, about: str) -> Obstacle:
    message = _("It asks for %(asked)d names; your product holds %(held)d.")
    told = message % {"asked": asked, "held": certificate.domain_count}
    return Obstacle("domain.too_many", told, about)


def _twice(name: str) -> Obstacle:
    message = _("%(name)s stands there twice; it is taken once.") % {"name": name}
    return Obstacle("domain.twice", message)


def _covered(name: str, chosen: Sequence[str]) -> Iterator[Obstacle]:
    wildcard = f"*.{name.partition('.')[2]}"
    if not names.is_wildcard(name) and wildcard in chosen:
        message = _("%(wildcard)s covers %(name)s already; both are kept, as you wrote them.")
        yield Obstacle("domain.covered", message % {"wildcard": wildcard, "name": name})


def _count_obstacles(
    certificate: Certificate, chosen: Sequence[str], first: dict[str, _Written], wrong: int
) -> Iterator[Obstacle]:
    kind = certificate.product.domain_type
    places = {each.about for each in first.values()}
    about = next((place for place in (MORE, DOMAIN) if place in places), CSR)
    asked = len(chosen) + wrong
    if asked > certificate.domain_count:
        yield _too_many(asked, certificate, about)
    wild = [name for name in chosen if names.is_wildcard(name)]
    if kind == DomainType.SINGLE_DOMAIN and wild:
        message = _("%(name)s is a wildcard; your product holds a single domain.")
        yield Obstacle("domain.type", message % {"name": wild[0]}, about)
    if kind == DomainType.WILDCARD and chosen and not wild:
        message = _("%(name)s is no wildcard; your product holds one, such as *.%(name)s.")
        yield Obstacle("domain.type", message % {"name": chosen[0]}, about)
    if kind == DomainType.MULTI_DOMAIN:
        if chosen and asked == 1:
            message = _("Name at least one more domain: your product is for several.")
            yield Obstacle("domain.too_few", message, MORE)
        yield from _wildcard_obstacles(certificate, wild, about)


def _wildcard_obstacles(
    certificate: Certificate, wild: Sequence[str], about: str
) -> Iterator[Obstacle]:
    held = certificate.wildcard_count
    if len(wild) > held:
        message = ngettext(
            "%(names)s: %(asked)d of the names is a wildcard; %(held)s.",
            "%(names)s: %(asked)d of the names are wildcards; %(held)s.",
            len(wild),
        )
        told = _("your product holds none") if not held else _("your product holds %(n)d")
        words = {"names": ", ".join(wild), "asked": len(wild), "held": told % {"n": held}}
        yield Obstacle("domain.too_many_wildcards", message % words, about)
