"""The addresses of the hospitals' desk: importing the modules registers them."""

from lienthong.web.hospital import advice, codes, lookup, signin  # noqa: F401  each registers its pages
from lienthong.web.page import url_patterns

urlpatterns = url_patterns("co-so/")
