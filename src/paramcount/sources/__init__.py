"""What the user named, as bytes with random access.  Knows nothing of formats."""
