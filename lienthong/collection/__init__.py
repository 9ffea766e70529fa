"""What arises for collection ("phát sinh thu"): the state budget pays for every child under six (Law 25/2008 Art. 12-13).

Public face: `actions.collect`, `actions.void`. Used by `births.enrolment`.
"""
