"""The front page: what the system does, in plain words, and the way to sign in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.web.page import open_page


@open_page("", name="front")
def front(request: HttpRequest) -> HttpResponse:
    """What a parent or an official finds at the root."""
    return render(request, "public/front.html")
