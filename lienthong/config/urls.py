"""The doors: pages for officials and the public, and the doors of other systems. Each lists its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("lienthong.web.api.urls")),
    path("", include("lienthong.web.urls")),
]
