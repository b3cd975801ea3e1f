"""What the end-to-end tests and the benches stand on: real processes, real sockets, the real files; nothing knows Milepost's insides."""
