"""The addresses of the officials' pages: importing the modules registers them."""

from django.conf import settings

from lienthong.web.page import url_patterns
from lienthong.web.staff import (  # noqa: F401  each registers its pages
    account,
    approval,
    catalogues,
    dossiers,
    handover,
    home,
    printing,
    signin,
    tasks,
    trace,
    undeclared,
)

if not settings.PRODUCTION:
    from lienthong.web.staff import design  # noqa: F401

urlpatterns = url_patterns("can-bo/")
