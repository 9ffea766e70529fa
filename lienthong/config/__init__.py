"""How one installation is set up: the environment, where things lie, the clock, Django's settings.

Nothing below imports this package but `clock` and `paths`, and those only from pages, the worker and commands.
"""
