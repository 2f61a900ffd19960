"""Names by which callers know inputs and outputs: the user's own where there are such. Knows no model."""

import re
from collections.abc import Iterable, Sequence

# What Keras itself calls layers and tensors that nobody has named, in any of its versions.
_LAYER = (
    r"(activation|add|average|bidirectional|cast|concatenate|\w*conv\d?d(_transpose)?|dense|dot|dropout|embedding|flatten"
    r"|functional|\w+_pooling\dd|gru|identity|lstm|masking|model|multiply|\w*normalization|output|output_layer|re_lu"
    r"|rescaling|reshape|resizing|sequential|simple_rnn|softmax|subtract|time_distributed|up_sampling\dd)(_\d+)?"
)
_OWN_LAYERS = re.compile(f"({_LAYER})?")
_OWN_INPUTS = re.compile(rf"((keras_tensor|input|input_layer|args|inputs|{_LAYER}_input)(_\d+)?)?")
LONGEST = 100


def input_names(names: Sequence[str]) -> list[str]:
    """For each input the name that the user gave it, else `inputs`; numbered where several have none."""
    return _chosen(names, _OWN_INPUTS, ["inputs"] * len(names))


def output_names(names: Sequence[str], otherwise: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """For each output the name that the user gave its layer, else the one in `otherwise`, none of those `taken`."""
    return _chosen(names, _OWN_LAYERS, otherwise, taken)


def _chosen(
    names: Sequence[str], own: re.Pattern[str], otherwise: Sequence[str], taken: Iterable[str] = ()
) -> list[str]:
    taken = set(taken)
    kept = ["" if own.fullmatch(name) else _plain(name) for name in names]
    result = []
    for name, instead in zip(kept, otherwise, strict=True):
        several = name or kept.count("") == 1 or otherwise.count(instead) == 1
        chosen = _free(name or instead, taken | set(kept) - {name}, 0 if several else 1)
        taken.add(chosen)
        result.append(chosen)
    return result


def _plain(name: str) -> str:
    """As it can stand in a path, a metric and any protocol."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")[:LONGEST]


def _free(name: str, taken: set[str], number: int) -> str:
    """The name, or with the first number from `number` on that nobody has; 0 stands for none."""
    while (candidate := f"{name}_{number}" if number else name) in taken:
        number += 1
    return candidate
