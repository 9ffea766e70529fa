"""How long the properties of the law search: briefly on save, and never by the clock of a busy machine."""

from hypothesis import settings

settings.register_profile("law", max_examples=50, deadline=None)
settings.load_profile("law")
