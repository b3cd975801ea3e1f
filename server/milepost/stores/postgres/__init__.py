"""The shared store: a PostgreSQL database that any number of servers use at once.

Rule of this folder: whatever writes events of an account holds the account's row until it has committed (workspace.py),
so that servers take turns and nothing has to be guessed; what arrives together is written together (writer.py).
Reading never waits for writers: each read sees one moment (connections.py). What events can be found by is kept as
bitmaps over chunks of the timeline, and intersected by the database itself (query/).

psycopg is imported here, and nowhere above: a Milepost without PostgreSQL never loads it.
"""
