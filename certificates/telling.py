"""What people read about a certificate: each line of its story, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.kept_sentences import as_read
from authorities.brands import Brand
from certificates.applications import Application
from certificates.lifecycle import IN_FORCE, Status
from certificates.story import Certificate, Event
from verification import causes, challenges
from verification.challenges import Challenge, Method
from verification.publishing import publication_of
from verification.turns import Stand, all_stand, is_nothing_yet

SENTENCES: dict[str, Promise] = {
    "buy": gettext_lazy("%(who)s bought this certificate."),
    "open_next": gettext_lazy("%(who)s opened the next certificate of the term."),
    "unsubscribe": gettext_lazy("%(who)s gave it back; what was paid for it is refunded."),
    "submit": gettext_lazy("%(who)s applied for it."),
    "request_reissue": gettext_lazy("%(who)s asked for a reissue."),
    "received": gettext_lazy("%(who)s received the application."),
    "hold": gettext_lazy("%(who)s holds it for a look at its names."),
    "asked": gettext_lazy("%(who)s mailed the contact: shall the original be cancelled?"),
    "cancelled": gettext_lazy("%(who)s cancelled the original, in CRL and OCSP."),
    "reuse_proof": gettext_lazy("%(who)s asks for no new proof of what was proved before."),
    "revoke_proof": gettext_lazy("%(who)s revoked a proof that this certificate rests on."),
    "lose_proof": gettext_lazy("%(who)s ended a proof, because somebody else proved the name."),
    "give_up_name": gettext_lazy("%(who)s gave up a name of this certificate."),
    "prove": gettext_lazy("%(who)s asked for proof of the domain."),
    "review": gettext_lazy("%(who)s began to check the organization."),
    "question": gettext_lazy("%(who)s asked the customer something."),
    "reply": gettext_lazy("%(who)s answered the authority."),
    "prepare": gettext_lazy("%(who)s has all it needs and prepares the certificate."),
    "issue": gettext_lazy("%(who)s issued the certificate."),
    "decline": gettext_lazy("%(who)s ended the reissue and kept the original."),
    "refuse": gettext_lazy("%(who)s refused the application."),
    "withdraw": gettext_lazy("%(who)s asked for the application back."),
    "withdrawn": gettext_lazy("%(who)s gave the application back."),
    "keep_application": gettext_lazy("%(who)s did not give the application back."),
    "choose_method": gettext_lazy("%(who)s chose another way to prove a domain."),
    "resume_looking": gettext_lazy("%(who)s let us go on looking for the proof of a domain."),
    "change_method": gettext_lazy("%(who)s asks for that proof instead."),
    "keep_method": gettext_lazy("%(who)s keeps the way of proof."),
    "expire": gettext_lazy("%(who)s noted the end of its validity."),
}

REVOCATIONS: dict[str, Promise] = {
    "keyCompromise": gettext_lazy("its key leaked or was lost"),
    "superseded": gettext_lazy("replaced by a new version"),
}

TO_PROVE: dict[str, Promise] = {
    Method.DNS: gettext_lazy("Publish the DNS record below; %(brand)s goes on once it is seen."),
    Method.CNAME: gettext_lazy("Publish the CNAME below; %(brand)s goes on once it is seen."),
    Method.FILE: gettext_lazy(
        "Put the file below on your web server; %(brand)s goes on once it is seen."
    ),
    Method.EMAIL: gettext_lazy(
        "Open the mail to %(mailbox)s and press its button; %(brand)s goes on at once."
    ),
}
TO_PROVE_SEVERAL: dict[str, Promise] = {
    Method.DNS: gettext_lazy(
        "Publish the DNS records below, one for each name; %(brand)s goes on once all are seen."
    ),
    Method.CNAME: gettext_lazy(
        "Publish the CNAMEs below, one for each name; %(brand)s goes on once all are seen."
    ),
    Method.FILE: gettext_lazy(
        "Put the file of each name below on its web server; %(brand)s goes on once all are seen."
    ),
    Method.EMAIL: gettext_lazy(
        "Each name below has a mail of its own, the first went to %(mailbox)s: open each and press"
        " its button; %(brand)s goes on once all are answered."
    ),
}
IN_SEVERAL_WAYS = gettext_lazy("Prove each domain in its own way, as shown below.")
# Nothing is broken, and it ends by itself at a known time.
KEPT_FOR_A_WHILE = frozenset({"dns.cached_negative"})
NOT_PUBLISHED = gettext_lazy(
    "Automatic DNS did not bring the proof yet; below stands why. Mend that, or publish the record"
    " by hand: %(brand)s goes on once it is seen."
)


def told(event: Event) -> str:
    """One line of the story as a sentence."""
    return str(SENTENCES[event.verb]) % {"who": event.actor}


def revoked_why(reason: str) -> str:
    """A revocation reason (RFC 5280 5.3.1) in words, where we have words for it."""
    return str(REVOCATIONS.get(reason, reason))


@dataclass(frozen=True)
class Turn:
    """Whose turn it is (`tone` and `title`), the exact next thing, and until when."""

    tone: str
    title: str
    sentence: str
    until: datetime | None = None
    stand: Stand | None = None  # of the proofs that it waits for
    code: str = ""  # the cause in the catalogue, where no proof is waited for
    next_look: datetime | None = None  # at that cause

    @property
    def whose(self) -> str | None:
        """For programs: a code of verification.causes.Turn; None when nobody has to act."""
        if self.stand is not None:
            return str(self.stand.turn.value)
        if self.tone == "ca" and (of_cause := causes.whose_turn(self.code)) is not None:
            return str(of_cause.value)
        return {"you": "YOU", "ca": "CA"}.get(self.tone)

    @property
    def is_undated(self) -> bool:
        """Something is broken at a DNS host or with us: nobody can say when it goes on."""
        code = self.code if self.stand is None else self.stand.code
        turn = causes.whose_turn(code)
        return turn in (causes.Turn.DNS_HOST, causes.Turn.US) and code not in KEPT_FOR_A_WHILE


def turn(certificate: Certificate, asked: Sequence[Challenge]) -> Turn:
    """Whose turn it is for the customer who reads it; `asked` is what is to be proved."""
    application = certificate.open_application
    if application is not None:
        return _turn_of_application(certificate, application, asked)
    yours, current = _("Your turn"), certificate.current
    if certificate.unsubscribed_at is not None:
        sentence = _("It was given back; what was paid for it is refunded. Its order says more.")
        return Turn("ended", _("Over"), sentence)
    if certificate.status == Status.PAID:
        return Turn("you", yours, _("Apply for this certificate: name its domain and a contact."))
    if certificate.status == Status.UNPASSED:
        return Turn(
            "you",
            yours,
            _("Correct what the authority refused, then apply again from the same data."),
            code=certificate.failure_code if certificate.failure_code in causes.CATALOGUE else "",
        )
    if certificate.status in IN_FORCE and current is not None:
        return Turn("done", _("Nothing to do"), _("It is valid."), current.not_after)
    return Turn("ended", _("Over"), _("This certificate is history; buy a new one if you need it."))


def _turn_of_application(
    certificate: Certificate, application: Application, asked: Sequence[Challenge]
) -> Turn:
    yours = _("Your turn")
    brand = Brand(certificate.product.brand).label
    if certificate.status == Status.REISSUING and application.asked_at is not None:
        sentence = _(
            "Answer the mail from %(brand)s to %(contact)s: shall the issued certificate be"
            " cancelled? No answer counts as declined."
        ) % {"brand": brand, "contact": application.contact_email}
        return Turn("you", yours, sentence, application.confirm_until)
    if certificate.is_being_withdrawn():
        sentence = _(
            "%(brand)s was asked to give the application back, and decides within minutes."
        )
        return Turn("ca", _("Turn of %(brand)s") % {"brand": brand}, sentence % {"brand": brand})
    if application.question_at is not None:
        sentence = _("Read the question below and answer it: %(brand)s goes on when you did.")
        return Turn("you", yours, sentence % {"brand": brand})
    stand = all_stand(asked)
    if stand is not None and stand.is_by_itself and not application.waiting_code:
        sentence = _(
            "We publish the DNS record in your zone and remove it again; %(brand)s goes on once it"
            " is seen. There is nothing to do."
        )
        return Turn("ca", _("Goes on by itself"), sentence % {"brand": brand})
    if stand is not None and not application.waiting_code:
        return _turn_of_proofs(stand, asked, brand)
    sentence = as_read(application.waiting_message) or _(
        "%(brand)s has the application and goes on by itself."
    ) % {"brand": brand}
    code, until = application.waiting_code, application.waiting_until
    of_cause = causes.whose_turn(code)
    if of_cause is not None:  # such as of CAA records that nobody could read
        if not asked and certificate.status == Status.CHECKING_DOMAIN:
            sentence += " " + _("What proves the domain is asked for after that.")
        tone = "you" if of_cause == causes.Turn.YOU else "ca"
        return Turn(tone, str(of_cause.label), sentence, code=code, next_look=until)
    title = _("Turn of %(brand)s") % {"brand": brand}
    return Turn("ca", title, sentence, until)


def _is_ours_in_vain(challenge: Challenge) -> bool:
    """Whether we tried to publish its record and could not."""
    publication = publication_of(challenge)
    return publication is not None and bool(publication.problem_code)


def _turn_of_proofs(stand: Stand, asked: Sequence[Challenge], brand: object) -> Turn:
    """Whose it is by the doctor; how many names wait is told where it is more than one."""
    waiting = [each for each in asked if each.status == challenges.Status.OPEN]
    until = min(each.expires_at for each in waiting)
    sentence = as_read(stand.sentence)
    if stand.total > 1:
        words = {"name": stand.challenge.domain, "what": sentence}
        words |= {"count": str(stand.count), "total": str(stand.total)}
        sentence = _("%(count)s of %(total)s names; %(name)s: %(what)s") % words
    if stand.turn != causes.Turn.YOU:
        return Turn("ca", str(stand.turn.label), sentence, stand=stand)
    if stand.code == "name.paused":  # its sentence says when the value ends
        return Turn("you", str(stand.turn.label), sentence, stand=stand)
    if is_nothing_yet(stand.code, stand.challenge.method, stand.sentence):
        # What to publish says more than what was not found.
        words = {"brand": str(brand), "mailbox": stand.challenge.addressee}
        ways = {each.method for each in waiting}
        way = TO_PROVE if len(waiting) == 1 else TO_PROVE_SEVERAL
        told = IN_SEVERAL_WAYS if len(ways) > 1 else way[ways.pop()]
        if told != IN_SEVERAL_WAYS and any(_is_ours_in_vain(each) for each in waiting):
            told = NOT_PUBLISHED
        sentence = str(told) % words
    return Turn("you", str(stand.turn.label), sentence, until, stand)
