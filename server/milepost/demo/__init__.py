"""What `milepost demo` shows: a shop of six services that isn't there, what happened to it, and what was measured.

Rule of this folder: everything is made up and says so; the same seed and the same moment make the same world, and its
metrics show what its events tell. It knows the domain alone.
"""
