"""What Django and PostgreSQL need once: the server, roles and scope, moves, law tables, the outbox.

Knows no app. Public face: `scope.acting`, `moves.Moves`, `lawtables.ensure`, `sql.Statement`, `outbox`, `server`, `roles`.
"""
