"""The clerk signs in: the facility's account and password, and who the clerk is. One sentence for everything wrong."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse

from lienthong.web.hospital import session
from lienthong.web.hospital.desk import SIGN_IN
from lienthong.web.page import now, open_page

_WRONG_STATUS = 403
_FIELDS = {
    "account": "tai-khoan",
    "password": "mat-khau",
    "personal_id": "so-dinh-danh",
    "name": "ho-ten",
}
_WRONG_VI = (
    "Chưa đăng nhập được. Một trong các thông tin không đúng, tài khoản đang bị khóa, máy này không thuộc địa chỉ mạng đã"
    " đăng ký, hoặc vừa có quá nhiều lần thử sai (khi đó hãy đợi vài phút)."
)
_ENDED_VI = "Phiên làm việc đã kết thúc. Vui lòng đăng nhập lại."


@open_page("co-so/dang-nhap/", name=SIGN_IN, posts=True)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The form, and what becomes of it."""
    target = _target(request)
    said, status = _ENDED_VI if request.GET.get("het") else "", 200
    at = now()
    if request.method == "POST":
        shown = {name: str(request.POST.get(field, "")) for name, field in _FIELDS.items()}
        clerk = session.sign_in(request, shown, at=at)
        if clerk is not None:
            rotate_token(request)
            response = redirect(target)
            session.keep(response, request, clerk, at=at)
            return response
        said, status = _WRONG_VI, _WRONG_STATUS
    typed = {name: request.POST.get(field, "")[:64] for name, field in _FIELDS.items()}
    context = {
        "said": said,
        "target": target,
        "account": typed["account"],
        "name": typed["name"],
        "personal_id": typed["personal_id"],
    }
    return render(request, "hospital/sign_in.html", context, status=status)


@open_page("co-so/dang-xuat/", name="hospital-sign-out", posts=True)
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the session by a form alone."""
    response = redirect(reverse(SIGN_IN))
    if request.method == "POST":
        session.forget(response, request)
    return response


def _target(request: HttpRequest) -> str:
    """Where to go afterwards: a page of the desk."""
    wanted = request.POST.get("tiep") or request.GET.get("tiep") or ""
    home = reverse("hospital-lookup")
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(home)
    return parts.path if is_ours and "\\" not in wanted else home
