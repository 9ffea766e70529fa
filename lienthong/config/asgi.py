"""What the web server loads: the application, once Django knows its tables."""

import django

django.setup()

from lienthong.config.front import front  # noqa: E402 - imports tables

application = front()
