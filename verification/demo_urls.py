from django.urls import path

from verification import demo_pages, demo_web_pages

app_name = "demo"

urlpatterns = [
    path("dns/", demo_pages.dns_host, name="dns"),
    path("dns/<int:pk>/remove/", demo_pages.remove_record, name="remove_record"),
    path("web/", demo_web_pages.web_server, name="web"),
    path("web/<int:pk>/remove/", demo_web_pages.remove_site, name="remove_site"),
    path("inbox/", demo_pages.inbox, name="inbox"),
    path("inbox/<str:name>", demo_pages.mail, name="mail"),
    path("inbox/<str:name>/html/", demo_pages.mail_html, name="mail_html"),
    path("inbox/<str:name>/return/", demo_pages.send_back, name="send_back"),
]
