"""What Milepost talks about: events, scopes, spans, queries, tokens, accounts, and the ports that stores meet.

Rule of this folder: pure. Nothing here does I/O or reads a clock; the moment and the randomness are handed in.
"""
