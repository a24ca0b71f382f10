"""The addresses of the customer's pages, of sign-in, and of the pages behind mails."""

from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from certificates import (
    bulletin_pages,
    certificate_page,
    compare_page,
    conversation_pages,
    domain_pages,
    download_pages,
    help_pages,
    list_page,
    mail_pages,
    order_pages,
    paper_pages,
    product_pages,
    release_page,
    taking_back_pages,
    unsubscribe_page,
    wizard_pages,
    zone_pages,
)
from certificates.purposes import PURPOSES
from certificates.sign_in_page import SignIn


class CertificateId(StringConverter):
    """Nothing else reaches the database: PostgreSQL refuses some characters by raising."""

    regex = "scs[0-9]{13}"


class OrderNumber(StringConverter):
    regex = "CS[0-9]{13}"


register_converter(CertificateId, "certificate")
register_converter(OrderNumber, "order")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="certificates"), name="home"),
    # Each door has a second name, by which the sign-in library leads to it.
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-in/", SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("certificates/", list_page.certificate_list, name="certificates"),
    path(
        "certificates/<certificate:certificate_id>/",
        certificate_page.certificate_page,
        name="certificate",
    ),
    path("certificates/<certificate:certificate_id>/check/", certificate_page.check, name="check"),
    path(
        "certificates/<certificate:certificate_id>/resume/",
        certificate_page.resume,
        name="resume",
    ),
    path(
        "certificates/<certificate:certificate_id>/reply/",
        conversation_pages.reply_page,
        name="reply",
    ),
    path("certificates/<certificate:certificate_id>/watch/", certificate_page.watch, name="watch"),
    path(
        "certificates/<certificate:certificate_id>/compare/",
        compare_page.compare_page,
        name="compare",
    ),
    path(
        "certificates/<certificate:certificate_id>/<int:number>/chain.pem",
        download_pages.chain,
        name="chain",
    ),
    path(
        "certificates/<certificate:certificate_id>/<int:number>/key/",
        download_pages.key,
        name="key",
    ),
    path(
        "certificates/<certificate:certificate_id>/papers/<int:number>/",
        paper_pages.paper,
        name="paper",
    ),
    path(
        "certificates/<certificate:certificate_id>/unsubscribe/",
        unsubscribe_page.unsubscribe_page,
        name="unsubscribe",
    ),
    path("products/", product_pages.product_list, name="products"),
    path("products/<int:pk>/", product_pages.product_page, name="product"),
    path("orders/", order_pages.order_list, name="orders"),
    path("orders/<order:number>/", order_pages.order_page, name="order"),
    path("orders/<order:number>/pay/", order_pages.order_pay, name="order-pay"),
    path("orders/<order:number>/cancel/", order_pages.order_cancel, name="order-cancel"),
    path("invoices/<int:number>/", order_pages.invoice_page, name="invoice"),
    path("domains/", domain_pages.domains, name="domains"),
    path("projects/<int:pk>/caa/", domain_pages.look_up_caa, name="caa"),
    path("projects/<int:pk>/zones/new/", zone_pages.new_zone, name="zone-new"),
    path("zones/<uuid:pk>/", zone_pages.edit_zone, name="zone-edit"),
    path("zones/<uuid:pk>/try/", zone_pages.try_now, name="zone-try"),
    path("zones/<uuid:pk>/remove/", zone_pages.drop_zone, name="zone-remove"),
    path("help/", help_pages.help_index, name="help"),
    path("help/<slug:slug>/", help_pages.help_topic, name="help-topic"),
    path("bulletins/", bulletin_pages.bulletin_list, name="bulletins"),
    path("bulletins/<int:pk>/", bulletin_pages.bulletin_page, name="bulletin"),
    path(
        "certificates/<certificate:certificate_id>/withdraw/",
        taking_back_pages.withdraw_page,
        name="withdraw",
    ),
    path(
        "certificates/<certificate:certificate_id>/proofs/<int:challenge>/method/",
        taking_back_pages.method_page,
        name="choose-method",
    ),
    path("domains/<str:name>/release/", release_page.release_page, name="release-domain"),
    path("statements/<slug:slug>/", wizard_pages.statement, name="statement"),
    path("ca/confirm/<str:token>/", mail_pages.confirm, name="ca-confirm"),
    path("ca/prove/<str:token>/", mail_pages.prove, name="ca-prove"),
]

for each in PURPOSES:
    door, told = f"certificates/<certificate:certificate_id>/{each.url}/", {"purpose": each}
    urlpatterns += [
        path(door, wizard_pages.begin, told, name=each.url),
        path(f"{door}discard/", wizard_pages.discard, told, name=f"{each.url}-discard"),
        path(f"{door}csr/check/", wizard_pages.check_csr, told, name=f"{each.url}-check-csr"),
        path(f"{door}<slug:step>/", wizard_pages.at_step, told, name=f"{each.url}-step"),
    ]
