"""Officers and machines, how they sign in, what they may do and whose rows they reach.

Legal basis: separation of request and approval (5052/BHXH-CNTT item 1), secrecy of birth data (2703/STP-HCTP).
Public face: `permissions.Permission`, `signin.sign_in`, `sessions.resume`, `queries`, `actions`.
Used by every domain app (permissions) and by the pages and doors (sessions). What an officer may see is decided
by PostgreSQL from the session row (schema `authz`), never by a filter in Python.
"""
