"""What our databases have in common: how events and tokens are written down, and what events can be found by.

Rule of this folder: pure. No SQL and no driver; each store says in its own dialect where it keeps these things.
"""
