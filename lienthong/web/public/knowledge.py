"""Questions and answers for families (Hỏi đáp): the articles that the centre opened to everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import knowledge
from lienthong.oversight.knowledge import PUBLIC, Asked
from lienthong.web.page import now, open_page

_ROWS = 30


@open_page("hoi-dap/", name="public-knowledge")
def articles(request: HttpRequest) -> HttpResponse:
    """Those that fit `tim`, or all of them. One statement."""
    asked = " ".join(str(request.GET.get("tim", "")).split())[: knowledge.MOST_WORDS]
    found = knowledge.search(PUBLIC, Asked(asked), on=vietnam_date(now()), limit=_ROWS)
    return render(
        request, "public/knowledge.html", {"found": found, "asked": asked, "here": "knowledge"}
    )


@open_page("hoi-dap/<int:article_id>/", name="public-article")
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """One of them."""
    line = knowledge.article(PUBLIC, article_id, on=vietnam_date(now()))
    return render(request, "public/article.html", {"line": line, "here": "knowledge"})
