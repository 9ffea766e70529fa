"""What the web server loads: one WSGI application, with the database rights of the pages."""

from django.core.wsgi import get_wsgi_application

from lienthong.web.api.patience import patient

application = patient(get_wsgi_application())
