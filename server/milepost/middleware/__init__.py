"""What every HTTP way in passes first: request id, Host and Origin, sign-in, limits, and the one form of errors.

Rule of this folder: plain ASGI, no knowledge of what lies behind. A layer refuses by raising `Refusal` or a domain error;
the outermost one turns it into an answer. Whoever signed in stands in `scope["state"]["caller"]` (`request.state.caller`).
"""
