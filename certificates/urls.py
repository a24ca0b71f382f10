"""The addresses of the customer's pages, of sign-in, and of the pages behind mails."""

from django.contrib.auth.views import LogoutView
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from certificates import (
    bulletin_pages,
    certificate_page,
    compare_page,
    download_pages,
    help_pages,
    list_page,
    mail_pages,
    order_pages,
    product_pages,
    reissue_pages,
    unsubscribe_page,
)
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
    path("help/", help_pages.help_index, name="help"),
    path("help/<slug:slug>/", help_pages.help_topic, name="help-topic"),
    path("bulletins/", bulletin_pages.bulletin_list, name="bulletins"),
    path("bulletins/<int:pk>/", bulletin_pages.bulletin_page, name="bulletin"),
    path(
        "certificates/<certificate:certificate_id>/reissue/",
        reissue_pages.reissue,
        name="reissue",
    ),
    path(
        "certificates/<certificate:certificate_id>/reissue/discard/",
        reissue_pages.discard,
        name="reissue-discard",
    ),
    path(
        "certificates/<certificate:certificate_id>/reissue/csr/check/",
        reissue_pages.check_csr,
        name="reissue-check-csr",
    ),
    path(
        "certificates/<certificate:certificate_id>/reissue/<slug:step>/",
        reissue_pages.reissue_step,
        name="reissue-step",
    ),
    path("statements/<slug:slug>/", reissue_pages.statement, name="statement"),
    path("ca/confirm/<str:token>/", mail_pages.confirm, name="ca-confirm"),
    path("ca/prove/<str:token>/", mail_pages.prove, name="ca-prove"),
]
