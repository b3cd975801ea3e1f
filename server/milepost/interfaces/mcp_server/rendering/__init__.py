"""How events are shown to a model: lines of text for reading, small JSON for programs.

Rule of this folder: everything in an event is somebody's data, and none of it can break out of its place.
"""
