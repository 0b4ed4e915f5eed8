"""A Keras config, in the dialects of Keras 1, 2 and 3, as a tree of layers with names, flags and roles."""
