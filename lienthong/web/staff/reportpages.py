from lienthong.accounts.permissions import Permission
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page


@page("can-bo/bao-cao/", name="reports", needs=Permission.REPORT_VIEW)
def reports(call: Call) -> Answer:
    return Show("staff/report.html", {})


@page("can-bo/bao-cao/danh-sach/", name="report-list", needs=Permission.REPORT_VIEW)
def listing(call: Call) -> Answer:
    return Show("staff/report.html", {})
