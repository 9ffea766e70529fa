"""One's own account: sessions, password, second factor, keys of the keyboard."""

from django.urls import reverse

from lienthong.accounts import actions, queries, secondfactor, sessions, signin
from lienthong.accounts.permissions import PERMISSIONS_VI, Permission
from lienthong.audit import trail
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.notices import contacts
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.qr import qr_address
from lienthong.web.staff.families import OFFICER_CHANNELS, forms, typed


@page("can-bo/tai-khoan/", name="account", needs=Permission.ACCOUNT_OWN, posts=True)
def account(call: Call) -> Answer:
    """What the account is and may; the forms change the password, or where notices go."""
    said, is_done, is_reach = "", False, call.value("viec") == "lien-he"
    if call.is_post:
        try:
            if is_reach:
                return _change_reach(call)
            _change_password(call)
            is_done = True
        except (NotAllowed, Refused) as error:
            said = error.message_vi
    context = {
        "account": queries.own_account(call.by),
        "sessions": sessions.own_sessions(call.by),
        "has_second_factor": signin.has_second_factor(call.by),
        "permissions": [PERMISSIONS_VI[p] for p in Permission if call.by.may(p)],
        "said": said,
        "is_done": is_done,
        "is_reach_done": call.value("lien-he") == "1",
        "forms": forms(
            call,
            ("officer", call.by.account_id),
            has_sent=call.is_post and is_reach,
            channels=OFFICER_CHANNELS,
        ),
    }
    return Show("staff/account.html", context)


@page("can-bo/tai-khoan/phien/", name="end-session", needs=Permission.ACCOUNT_OWN, posts=True)
def end_session(call: Call) -> Answer:
    """Ends one of one's own sessions; its next request is refused."""
    if call.is_post:
        session_id = call.number("phien")
        if not sessions.close_own(session_id, by=call.by):
            raise NotFound("Không tìm thấy phiên làm việc.")
        trail.record(
            call.by,
            "session.ended",
            at=call.at,
            subject_kind="officer",
            subject_id=call.by.account_id,
        )
    return Go(reverse("account"))


@page(
    "can-bo/tai-khoan/ma-xac-thuc/", name="second-factor", needs=Permission.ACCOUNT_OWN, posts=True
)
def second_factor(call: Call) -> Answer:
    """A fresh secret for an authenticator application, taken over once a code made with it is typed."""
    secret = call.value("secret") if call.is_post else secondfactor.new_secret()
    said = ""
    if call.is_post:
        try:
            signin.require_own_password(call.request.POST.get("current_password", ""), by=call.by)
            actions.enrol_own_second_factor(secret, call.value("code"), by=call.by, at=call.at)
            return Go(reverse("account"))
        except (NotAllowed, Refused) as error:
            said = error.message_vi
    uri = secondfactor.enrolment_uri(secret, username=call.by.name)
    context = {"secret": secret, "grouped": _in_fours(secret), "qr": qr_address(uri), "said": said}
    return Show("staff/second_factor.html", context)


def _change_reach(call: Call) -> Go:
    """Where notices go besides the page."""
    for reach in typed(call, OFFICER_CHANNELS):
        own = ("officer", call.by.account_id)
        contacts.change(own, reach, by=call.by, at=call.at)
    return Go(f"{reverse('account')}?lien-he=1")


def _change_password(call: Call) -> None:
    form = call.request.POST
    signin.require_own_password(form.get("current_password", ""), by=call.by)
    new_password = form.get("new_password", "")
    if new_password != form.get("new_password_again", ""):
        raise Refused("Hai lần nhập mật khẩu mới không giống nhau.", field="new_password_again")
    actions.change_own_password(new_password, by=call.by, at=call.at)


def _in_fours(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
