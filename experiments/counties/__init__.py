"""Counties of one's own: a copy of one that is near, or a first sketch from ten answers."""
