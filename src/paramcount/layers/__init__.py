"""What each Keras layer creates: its variables by name and role, and its parts.  One file a family."""
