"""How a count comes about: which layers get a line, their formulas, and what is to be said about them."""
