"""What the benches share: the peers to measure against, the wire, the events, and how a figure is printed."""
