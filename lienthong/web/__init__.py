"""Three doors: officials (`staff`), citizens (`public`), machines (`api`). None knows the others.

Pages stand on top of the domain apps: they call queries and actions, never a table. `page` holds what every
page shares: permission, actor, transaction, log of views, errors, headers.
"""
