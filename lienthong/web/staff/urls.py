"""The addresses of the officials' pages: importing the modules registers them."""

from lienthong.web.page import url_patterns
from lienthong.web.staff import (  # noqa: F401  each registers its pages
    account,
    approval,
    catalogues,
    design,
    dossiers,
    handover,
    home,
    printing,
    signin,
    tasks,
    trace,
    undeclared,
)

urlpatterns = url_patterns("can-bo/")
