"""The addresses that anybody may open, and the files every page needs."""

from django.urls import path

from lienthong.web import assets
from lienthong.web.page import url_patterns
from lienthong.web.public import (  # noqa: F401  each registers its pages
    card,
    following,
    front,
    helplines,
    knowledge,
    registering,
    scan,
    stopping,
)

urlpatterns = [
    *url_patterns("", without=("can-bo/", "co-so/")),
    path("tep/<slug:digest>/<str:name>", assets.serve, name="asset"),
]
