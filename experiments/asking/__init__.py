"""What the user asks for, read and checked."""
