"""What an HTTP operation is: declared once, and from that its route, its part of the OpenAPI document and of `/docs`.

Rule of this folder: it knows how operations are read, answered and told of, and none of them. Each way in that consists of
operations has a table of its own; whoever wires the application puts the tables together.
"""
