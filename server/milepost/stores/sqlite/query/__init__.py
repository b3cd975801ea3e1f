"""Finding events: filters as bitmaps over chunks of the timeline.

Rule of this folder: it reads, inside the transaction that it is handed.

Every term that an event can be found by (its type, each bucket, each tag, …) has one bitmap a chunk of up to 512
events. A query is a list of filters, each the union of some terms' bitmaps; their intersection, less the excluded
terms, is exact, so no pair of filters is slow because each alone finds much and both together little: at a million
events an account has some 2,000 chunks, and intersecting them all takes a few milliseconds.

- search.py turns the query into filters (filters.py) over terms,
- walk.py goes through the chunks from the newest on and yields the seats that pass,
- rows.py finds the events in those seats, in order; find.py asks it for what window and cursor cover,
- text.py checks substrings, by walking first, by trigrams when that finds too little,
- page.py makes a page of it.
"""
