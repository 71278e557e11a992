"""A sample shop of our own: a stateful server that speaks CONTRACT.md, for tests and the demo."""
