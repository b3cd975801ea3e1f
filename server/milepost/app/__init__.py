"""Where everything is put together: settings, store, services, the ways in, the process around them.

Rule of this folder: wiring only. It knows everyone, nobody knows it but the command line, and what one way in needs is
imported when that way in is opened: `milepost mcp` must not wait for HTTP.
"""
