"""Logs, metrics and traces, attached from outside: nothing that does the work knows that it is being watched.

Rule of this folder: watches through hooks and by wrapping ports, changes no answer, and imports what is heavy only when
it is needed. A log line holds no token, a metric no value that users choose.
"""
