"""What the web server loads: the application, once Django knows its tables."""

import django

django.setup()

from lienthong.config import logs  # noqa: E402 - after Django
from lienthong.config.front import front  # noqa: E402 - imports tables

logs.catch_the_rest()

application = front()
