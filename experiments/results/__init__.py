"""What a question leaves: tables, dictionary, manifest."""
