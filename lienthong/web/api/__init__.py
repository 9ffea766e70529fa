"""The doors of other systems: plain views, no cookie, no page. Today: birth messages from the Ministry of Justice.

Public face: `urls.urlpatterns`. Each door proves its caller by a signature or a token and logs what it was given.
"""
