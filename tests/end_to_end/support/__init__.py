"""What the end-to-end tests stand on: real processes, real sockets, the real files; nothing here knows Milepost's insides."""
