"""What can keep somebody from ordering, paying or giving back, explained."""

from django.utils.translation import gettext_lazy as _

from certificates.help.topics import Topic

BUYING = (
    Topic(
        "order-limits",
        _("An order that does not fit"),
        _(
            "Each product has its limits: how many certificates at a time, for how many years, how"
            " many names in one certificate, and how many of them may be wildcards. Tags and names"
            " have their own."
        ),
        _(
            "Change the number that the message names and order again. Wildcards among several"
            " names come with OV products only. What is not sold any more has its successor in the"
            " list of products."
        ),
        _("The check is immediate; nothing was ordered."),
        (
            "order.quantity",
            "order.years",
            "order.name_count",
            "order.wildcards",
            "order.singles",
            "order.certificate_name",
            "order.tags",
            "order.tag_twice",
            "order.not_sold",
        ),
    ),
    Topic(
        "free-tests",
        _("Free test certificates"),
        _(
            "A project has 20 free test certificates, one an order, each for 3 months and a single"
            " domain that is proved by DNS. Each counts for ever, given back or not."
        ),
        _("Order a paid certificate; the least expensive ones are domain validated too."),
        _("A free test is there as soon as it is ordered."),
        ("free.one", "free.quota_used", "unsubscribe.free"),
    ),
    Topic(
        "paying",
        _("Paying an order"),
        _(
            "An order waits for its money for 14 days, unless this portal says otherwise on its"
            " page, and then lapses. Transfers are recorded by hand, once each."
        ),
        _(
            "Transfer the whole price with the order's number as the reference. Money that comes"
            " too late or twice is kept in the books and sent back; order again if you still need"
            " it. Only an order that is not paid yet can be cancelled."
        ),
        _("A transfer takes one or two working days, and is recorded on the next one."),
        ("payment.by_transfer", "payment.future", "order.not_unpaid"),
    ),
    Topic(
        "giving-back",
        _("Giving a certificate back"),
        _(
            "Within 7 days of the payment a certificate can be given back for its price: one that"
            " was never applied for, was withdrawn, or was refused before anything was issued."
            " A term of several years is not refunded once its first certificate was issued."
        ),
        _(
            "Withdraw an open application first, then choose Unsubscribe in its menu. What was"
            " given back is closed for good; order a new one when you need it."
        ),
        _("The credit note is there at once, the money a few working days later."),
        (
            "certificate.unsubscribed",
            "unsubscribe.no_order",
            "unsubscribe.too_late",
            "unsubscribe.in_use",
            "unsubscribe.revoked_late",
            "unsubscribe.term_begun",
            "unsubscribe.forbidden",
        ),
    ),
)
