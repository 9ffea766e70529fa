"""The process: from a registered birth to a card in the family's hands.

Public face: `enrolment.STEPS`, `enrolment.advance_all`, `intake`, `queries.trace`. Read `enrolment.py` first: it
is the story. Used by the doors (`web`), the worker and the console.
"""
