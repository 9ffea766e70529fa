"""The addresses of the officials' pages: importing the modules registers them."""

from lienthong.web.page import url_patterns
from lienthong.web.staff import (  # noqa: F401  each registers its pages
    account,
    approval,
    catalogues,
    declarationfiles,
    declarations,
    design,
    divisions,
    dossiers,
    handover,
    home,
    mergerforms,
    mergers,
    printing,
    signin,
    splits,
    tasks,
    trace,
    unit,
)

urlpatterns = url_patterns("can-bo/")
