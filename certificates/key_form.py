"""The first step: where the new key comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates import csr_reading
from certificates.applications import Application, RootHash
from certificates.csr_reading import Reading
from certificates.step_form import Pick, StepForm
from certificates.wishes import Wish
from pki import csr
from pki.pem import MAX_BYTES

SYSTEM, OWN = "system", "own"
# Recommended first; what a product does not offer is left out.
ALGORITHMS = {
    "EC_P256": gettext_lazy("EC P-256, fast, for every current browser"),
    "EC_P384": gettext_lazy("EC P-384"),
    "RSA_2048": gettext_lazy("RSA 2048, for old clients"),
    "RSA_3072": gettext_lazy("RSA 3072"),
    "RSA_4096": gettext_lazy("RSA 4096"),
}
MOST_READ = 4 * MAX_BYTES  # of a file; the check itself refuses what is longer than 16 KiB


class KeyForm(StepForm):
    ABOUT: ClassVar[Mapping[str, str]] = {
        "csr": "pem",
        "key_algorithm": "algorithm",
        "root_hash": "root_hash",
    }

    NEEDED: ClassVar[frozenset[str]] = frozenset({"root_hash"})

    source = forms.CharField(widget=forms.RadioSelect, required=False)
    algorithm = forms.CharField(
        label=gettext_lazy("Key algorithm"), widget=forms.Select, required=False
    )
    pem = forms.CharField(
        label=gettext_lazy("Certificate signing request, PEM"),
        widget=forms.Textarea(attrs={"rows": 7, "class": "mono", "spellcheck": "false"}),
        required=False,
        strip=False,
    )
    file = forms.FileField(required=False, allow_empty_file=True)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        offered = self.certificate.product.terms(self.now).key_algorithms
        names = [name for name in ALGORITHMS if name in offered]
        self.fields["algorithm"].widget.choices = [(name, ALGORITHMS[name]) for name in names]
        self.fields["algorithm"].initial = names[0] if names else ""
        self.fields["source"].initial = SYSTEM
        if self.certificate.product.terms(self.now).hash_choice:
            self.fields["root_hash"] = forms.CharField(
                label=_("Hash of the root certificate"),
                widget=forms.Select(choices=RootHash.choices),
                required=False,
                initial=self.last.root_hash if self.last else RootHash.DEFAULT,
            )
        if self.last is not None and not self.purpose.replaces:
            self._begin_as(self.last, names)
        self.reading: Reading | None = None

    def _begin_as(self, last: Application, offered: list[str]) -> None:
        """Applied for again, it begins from the same key algorithm or the same CSR."""
        if last.key_id is None:
            self.fields["source"].initial = OWN
            self.fields["pem"].initial = csr.pem(bytes(last.csr))
        elif last.key_algorithm in offered:
            self.fields["algorithm"].initial = last.key_algorithm

    @property
    def picks(self) -> list[Pick]:
        return [
            self.pick(
                "source",
                SYSTEM,
                _("System generated CSR"),
                _(
                    "We make the key for you, store it encrypted, and you download it with the"
                    " certificate. The CA never sees it."
                ),
            ),
            self.pick(
                "source",
                OWN,
                _("Upload a CSR"),
                _("The key stays with you. Text before the BEGIN line is fine."),
            ),
        ]

    def given(self) -> Wish:
        wish = replace(self.so_far, root_hash=self.said("root_hash"))
        if self.said("source") == SYSTEM:
            return replace(wish, csr=None, key_algorithm=self.said("algorithm"))
        pem = self.reading.pem if self.reading is not None else ""
        return replace(wish, csr=pem.encode(), key_algorithm="")

    def clean(self) -> dict[str, Any]:
        self.read()
        source = self.said("source")
        if source not in (SYSTEM, OWN):
            message = _("Choose where the new key comes from.")
            self.add_error("source", ValidationError(message, "key.source"))
        if self.reading is not None and (source == OWN or self.reading.holds_private_key):
            self.tell(self.reading.obstacles)
        elif source == OWN:
            message = _("Paste the CSR, or choose its file.")
            self.add_error("pem", ValidationError(message, "csr.missing"))
        if self.errors:
            return self.cleaned_data
        return super().clean()

    def read(self) -> None:
        """Read what was pasted or chosen. The page shows it again, but never a private key."""
        text = str(self.cleaned_data.get("pem") or "")
        file = self.cleaned_data.get("file")
        pasted = csr_reading.read(text.encode(), self.certificate, self.now) if text else None
        chosen = None
        if isinstance(file, UploadedFile):
            data = file.read(MOST_READ + 1)
            chosen = csr_reading.read(data, self.certificate, self.now)
            text = csr_reading.as_pem(data).decode("utf-8", "replace").replace("\0", "")
        both = [each for each in (pasted, chosen) if each is not None]
        secret = next((each for each in both if each.holds_private_key), None)
        self.reading = secret or chosen or pasted
        self.data = MultiValueDict(self.data)
        self.data[self.add_prefix("pem")] = "" if secret is not None else text

    def kept(self) -> dict[str, list[str]]:
        """The request alone: nothing that stood around it."""
        if self.wish.csr is None:
            kept = {"source": SYSTEM, "algorithm": self.wish.key_algorithm}
        else:
            kept = {"source": OWN, "pem": self.wish.csr.decode()}
        if "root_hash" in self.fields:
            kept["root_hash"] = self.wish.root_hash
        return {self.add_prefix(name): [value] for name, value in kept.items()}
