"""The tools, one a file: its words, its arguments, its answer.

Every tool costs every user tokens: extend one before adding another.
"""
