"""The formats underneath, knowing bytes and nothing of models."""
