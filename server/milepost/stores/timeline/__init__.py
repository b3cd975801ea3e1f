"""What our databases have in common: how an event is written down, and what it can be found by.

Rule of this folder: pure. No SQL and no driver; each store says in its own dialect where it keeps these things.
"""
