"""The embedded store: one SQLite file, shared by every process that opens it.

Rule of this folder: one writer thread a process commits what arrives together in one transaction (writer.py); readers
have connections of their own in a few threads (readers.py). What events can be found by is kept as bitmaps over
chunks of the timeline (query/).
"""
