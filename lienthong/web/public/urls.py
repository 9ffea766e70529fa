"""The addresses that anybody may open, and the files every page needs."""

from django.urls import path

from lienthong.web import assets
from lienthong.web.page import url_patterns
from lienthong.web.public import card, front, stopping  # noqa: F401  each registers its pages

urlpatterns = [
    *url_patterns("", without="can-bo/"),
    path("tep/<slug:digest>/<str:name>", assets.serve, name="asset"),
]
