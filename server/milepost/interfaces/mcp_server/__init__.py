"""Milepost for assistants: the Model Context Protocol over stdio, Streamable HTTP and SSE, in both its eras.

Rule of this folder: parse, call one service, render. What is the SDK's business and not public there is in `sdk.py`.
"""
