"""The embedded store: one SQLite file, shared by every process that opens it.

Rule of this folder: one writer thread a process commits what arrives together in one transaction (writer.py); what
is quick to read is read on the spot, the rest in a few threads (readers.py). What events can be found by is kept as bitmaps over
chunks of the timeline (query/).
"""
