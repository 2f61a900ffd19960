"""Layers whose output has the shape of their input: activations, regularization, normalization. Knows no others."""

from models.inspection.layer import Call, Layer, Result, known, product


def same(_: Layer, call: Call) -> Result:
    """The shape of the first input; no weights."""
    return Result((call.shapes[0],))


def prelu(layer: Layer, call: Call) -> Result:
    """A slope for each number of a row, but one for all along shared axes."""
    shape = call.shapes[0]
    shared = set(layer.axes("shared_axes", len(shape), 0)) if layer.config.get("shared_axes") else set()
    slopes = [1 if axis in shared else known(layer, size) for axis, size in enumerate(shape) if axis]
    return Result((shape,), product(tuple(slopes)))


def batch_normalization(layer: Layer, call: Call) -> Result:
    """Mean and variance, and scale and centre where wanted, per channel."""
    shape = call.shapes[0]
    if layer.flag("renorm", False):
        layer.refuse("layer", "batch renormalization is not supported.")
    per_channel = 2 + layer.flag("center", True) + layer.flag("scale", True)
    return Result((shape,), per_channel * _along(layer, call))


def scaled(layer: Layer, call: Call) -> Result:
    """Scale and centre where wanted, for what lies along the axes."""
    per_number = layer.flag("center", True) + layer.flag("scale", True)
    return Result((call.shapes[0],), per_number * _along(layer, call))


def rms_normalization(layer: Layer, call: Call) -> Result:
    """A scale for what lies along the axes."""
    return Result((call.shapes[0],), _along(layer, call))


def normalization(layer: Layer, call: Call) -> Result:
    """Mean, variance and how many rows they are of; nothing where the configuration gives them."""
    shape = call.shapes[0]
    if layer.config.get("mean") is not None and layer.config.get("variance") is not None:
        return Result((shape,))
    along = 1 if layer.config.get("axis", -1) in (None, []) else _along(layer, call)
    return Result((shape,), 2 * along + 1)


def _along(layer: Layer, call: Call) -> int:
    shape = call.shapes[0]
    return product(tuple(known(layer, shape[axis]) for axis in layer.axes("axis", len(shape), -1)))


_SAME = (
    "Activation ActivityRegularization AlphaDropout Dropout ELU GaussianDropout GaussianNoise Identity LeakyReLU "
    "Masking ReLU Rescaling Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D UnitNormalization AugMix "
    "AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MixUp RandAugment RandomBrightness "
    "RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip "
    "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation "
    "RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Solarization"
)
RULES = {
    **dict.fromkeys(_SAME.split(), same),
    "PReLU": prelu,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": scaled,
    "GroupNormalization": scaled,
    "RMSNormalization": rms_normalization,
    "Normalization": normalization,
}
