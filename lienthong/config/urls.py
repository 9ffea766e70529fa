"""The doors: pages for officials and the public, and the doors of other systems. Each lists its own addresses."""

from django.urls import include, path

from lienthong.web.urls import handler403, handler404, handler500

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("can-bo/", include("lienthong.web.staff.urls")),
    path("co-so/", include("lienthong.web.hospital.urls")),
    path("", include("lienthong.web.api.urls")),
    path("", include("lienthong.web.public.urls")),
]
