"""pkilint's judgement of whole documents, turned into our findings.

The validators take over a second to build and some milliseconds to run, so they are built once in
a process and kind of document. Everything at WARNING or worse is a refusal, the rest a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pkilint import finding_filter, loader, pkix, validation
from pkilint.cabf import cabf_crl, serverauth
from pkilint.cabf.serverauth.serverauth_constants import CertificateType
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.pkix.crl import CertificateRevocationListType

from pki.findings import NOTE, REFUSED, Finding, gettext_noop


class Kind(StrEnum):
    """What a document claims to be; pkilint judges it by that claim."""

    ROOT = "ROOT_CA"
    INTERMEDIATE = "INTERNAL_UNCONSTRAINED_TLS_CA"
    RESPONDER = "OCSP_RESPONDER"
    DV = "DV_FINAL_CERTIFICATE"
    OV = "OV_FINAL_CERTIFICATE"
    EV = "EV_FINAL_CERTIFICATE"


Results = list[Any]  # pkilint.validation.ValidationResult; the library carries no types
Judge = Callable[[bytes], Results]


def _findings(results: Iterable[Any]) -> list[Finding]:
    worst_allowed = validation.ValidationFindingSeverity.NOTICE
    text = gettext_noop("%(severity)s at %(place)s: %(rule)s %(detail)s")
    return [
        Finding(
            f"lint.{told.finding.code}",
            REFUSED if told.finding.severity < worst_allowed else NOTE,
            text,
            {
                "severity": str(told.finding.severity),
                "place": result.node.path,
                "rule": told.finding.code,
                "detail": told.message or "",
            },
        )
        for result in results
        for told in result.finding_descriptions
        if told.finding.severity < validation.ValidationFindingSeverity.DEBUG
    ]


@lru_cache
def _certificate_judge(kind: Kind) -> Judge:
    claimed = CertificateType[kind.value]
    validator = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(claimed)
    )
    filters = serverauth.create_serverauth_finding_filters(claimed)
    load = loader.RFC5280CertificateDocumentLoader().load_der_document

    def judge(document: bytes) -> Results:
        kept, _ = finding_filter.filter_results(filters, validator.validate(load(document).root))
        return list(kept)

    return judge


def _decoders() -> list[Any]:
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]


@lru_cache
def _crl_judge(of_authorities: bool) -> Judge:
    listed = CertificateRevocationListType["ARL" if of_authorities else "CRL"]
    validator = crl.create_pkix_crl_validator_container(
        _decoders(),
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container(
                [cabf_crl.create_validity_period_validator(listed)]
            ),
            crl.create_extensions_validator_container([]),
            cabf_crl.CabfCrlReasonCodeAllowlistValidator(listed),
        ],
    )
    load = loader.RFC5280CertificateListDocumentLoader().load_der_document
    return lambda document: list(validator.validate(load(document).root))


@lru_cache
def _ocsp_judge() -> Judge:
    decoders = [ocsp.create_response_decoder(), *_decoders()]
    validator = ocsp.create_pkix_ocsp_response_validator_container(decoders, [])
    load = loader.RFC6960OCSPResponseDocumentLoader().load_der_document
    return lambda document: list(validator.validate(load(document).root))


def lint_certificate(document: bytes, kind: Kind) -> list[Finding]:
    """What pkilint says of a certificate (DER) that claims to be of that kind."""
    return _findings(_certificate_judge(kind)(document))


def lint_crl(document: bytes, *, of_authorities: bool) -> list[Finding]:
    """What pkilint says of a CRL (DER), a root's (of authorities) or an issuing authority's."""
    return _findings(_crl_judge(of_authorities)(document))


def lint_ocsp(document: bytes) -> list[Finding]:
    """What pkilint says of an OCSP response (DER)."""
    return _findings(_ocsp_judge()(document))


def refusals(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == REFUSED]
