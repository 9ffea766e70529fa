"""The officials' door (/can-bo/…): one module per family of screens, Vietnamese, usable by keyboard and on a phone.

A page function reads the form, calls one action or query and names a template; rules stand below.
"""
