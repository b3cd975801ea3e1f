"""One script a question; each prints a ratio to something measured in the same run, since this machine's seconds are not yours.

`make bench` runs all of them, `make bench ARGS="start_up latency"` some.
"""
