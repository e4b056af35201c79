"""The documentation site: its source put together from docs/ and from declarations, and built."""
