"""Finding events: filters as bitmaps over chunks of the timeline, intersected by the database.

Rule of this folder: it reads, inside the transaction that it is handed.

Every term that an event can be found by (its type, each bucket, each tag, …) has one bitmap a chunk of up to `SLOTS`
events. A query is a list of filters, each the union of some terms' bitmaps; their intersection, less the excluded
terms, is exact, so no pair of filters is slow because each alone finds much and both together little. What costs time
here is the way to the database and back, so a page takes four or five statements, whatever is asked:

- search.py turns the query into filters over terms,
- leading.py asks which filter is sparsest near the place where the page begins; walk.py lets the database go through
  its chunks from the newest on, intersecting, until enough are found,
- rows.py reads the events in those seats, in order; find.py asks it for what window and cursor cover,
- text.py checks substrings, by walking first, by trigrams of one stretch of time after the other when that finds too
  little,
- page.py makes a page of it.
"""
