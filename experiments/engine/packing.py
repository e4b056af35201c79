"""What was found, as text and arrays, and back: dataclasses by their declared types.

Nothing is unpickled: a folder of results may come from somebody else. Numbers read back exactly as
they were, nan among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter

Arrays = dict[str, NDArray[Any]]
ARRAY = "array:"
NOT_READ: NDArray[Any] = np.empty(0)


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads and writes a type; a tuple around it, since it must know about arrays."""
    return TypeAdapter(tuple[kind], config=ConfigDict(arbitrary_types_allowed=True))


def packed(found: Any, kind: Any) -> tuple[Any, Arrays]:
    """What was found as a tree that JSON can hold, and the arrays that it names."""
    arrays: Arrays = {}
    (tree,) = adapter(kind).dump_python((found,))
    return _without_arrays(tree, arrays), arrays


def unpacked(tree: Any, arrays: Mapping[str, NDArray[Any]], kind: Any) -> Any:
    """What was found. Raises ValueError (pydantic's) if the tree is of another type.

    Arrays that are not given are empty ones, for whoever needs the figures alone.
    """
    (found,) = adapter(kind).validate_python((_with_arrays(tree, arrays),))
    return found


def _without_arrays(value: Any, arrays: Arrays) -> Any:
    if isinstance(value, np.ndarray):
        name = f"{len(arrays)}"
        arrays[name] = value
        return f"{ARRAY}{name}"
    if isinstance(value, dict):
        return {key: _without_arrays(one, arrays) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(one, arrays) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _with_arrays(tree: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(tree, str) and tree.startswith(ARRAY):
        return arrays.get(tree.removeprefix(ARRAY), NOT_READ)
    if isinstance(tree, dict):
        return {key: _with_arrays(one, arrays) for key, one in tree.items()}
    if isinstance(tree, list):
        return [_with_arrays(one, arrays) for one in tree]
    return tree
