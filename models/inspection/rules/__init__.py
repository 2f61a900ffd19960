"""What each stock layer and operation of Keras makes of its input and takes of memory; what is not here is refused."""

from models.inspection.rules import (
    attention,
    convolution,
    dense,
    operations,
    plain,
    preprocessing,
    recurrent,
    reshaping,
)

LAYERS = {
    **plain.RULES,
    **dense.RULES,
    **convolution.RULES,
    **reshaping.RULES,
    **recurrent.RULES,
    **attention.RULES,
    **preprocessing.RULES,
}
OPERATIONS = operations.RULES

__all__ = ["LAYERS", "OPERATIONS"]
