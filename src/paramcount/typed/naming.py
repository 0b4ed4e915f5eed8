"""The names that Keras gives to layers that the text does not name, as in a fresh session."""

from __future__ import annotations


def snake_case(name: str) -> str:
    """A class's name as Keras writes it into the names of its layers: ``max_pooling2d`` for ``MaxPooling2D``."""
    return _before_capital(_before_word(name)).lower()


def _before_word(name: str) -> str:
    """An underscore before each capital that small letters follow, the first character's excepted."""
    out, at = [], 0
    while at < len(name):
        end = at + 2
        if _upper(name, at + 1) and _lower(name, end):
            while _lower(name, end):
                end += 1
            out += [name[at], "_", name[at + 1 : end]]
            at = end
        else:
            out.append(name[at])
            at += 1
    return "".join(out)


def _before_capital(name: str) -> str:
    """An underscore between a small letter and a capital."""
    out, at = [], 0
    while at < len(name):
        out.append(name[at])
        if _lower(name, at) and _upper(name, at + 1):
            out += ["_", name[at + 1]]
            at += 1
        at += 1
    return "".join(out)


def _upper(name: str, at: int) -> bool:
    return at < len(name) and "A" <= name[at] <= "Z"


def _lower(name: str, at: int) -> bool:
    return at < len(name) and "a" <= name[at] <= "z"


class Namer:
    """Counts the names that were given, by the name that they begin with."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def take(self, class_name: str, tf_keras: bool = False) -> str:
        """The next name for a layer of a class."""
        if tf_keras and class_name == "InputLayer":
            return f"input_{self._count('tf_keras input') + 1}"
        base = "model" if tf_keras and class_name == "Functional" else snake_case(class_name)
        count = self._count(base)
        return f"{base}_{count}" if count else base

    def skip(self, *class_names: str) -> None:
        """Account for layers that Keras makes itself and that do not show."""
        for name in class_names:
            self._count(snake_case(name))

    def reset(self) -> None:
        """Begin anew, as after ``clear_session()``."""
        self.used.clear()

    def _count(self, base: str) -> int:
        count = self.used.get(base, 0)
        self.used[base] = count + 1
        return count
