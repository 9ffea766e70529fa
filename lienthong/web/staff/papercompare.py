"""The comparison of a paper with the electronic record, or of two children alike; looked at, then closed."""

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import joining, papers
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page


@page(
    "can-bo/ho-so-giay/doi-chieu/<int:task_id>/",
    name="paper-compare",
    needs=Permission.TASK_VIEW,
    reveals="person",
    posts=True,
)
def paper_compare(call: Call, task_id: int) -> Answer:
    """Both sides, what differs marked; who may enter papers closes it."""
    if call.is_post:
        papers.close(task_id, by=call.by, at=call.at)
        return Go(reverse("tasks"))
    found = papers.comparison(call.by, task_id)
    context = {
        "task": found,
        "is_pair": found.kind == joining.LOOKALIKE,
        "differing": sum(side.differs for side in found.sides),
    }
    subjects = [("dossier", found.dossier_id)]
    subjects += [("dossier", found.other_dossier)] if found.other_dossier else []
    return Show("staff/paper_compare.html", context, subjects=subjects, fields=("birth_facts",))
