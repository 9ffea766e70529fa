"""The addresses of the doors of other systems."""

from django.urls import path

from lienthong.web.api import births, docs, openapi, statements

urlpatterns = [
    path("api/births", births.send, name="api-births"),
    path("api/births/statements", statements.send, name="api-statements"),
    path("api/births/<str:message_id>", births.status, name="api-birth"),
    path("api/openapi.json", openapi.openapi_json, name="api-openapi"),
    path("api/docs", docs.docs, name="api-docs"),
]
