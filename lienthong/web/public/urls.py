"""The addresses that anybody may open, and the files every page needs."""

from django.urls import path

from lienthong.web import assets
from lienthong.web.page import url_patterns
from lienthong.web.public import front  # noqa: F401  registers its page

urlpatterns = [
    *url_patterns("", without="can-bo/"),
    path("tep/<slug:digest>/<str:name>", assets.serve, name="asset"),
]
