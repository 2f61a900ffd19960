"""The names that may stand in a configuration, and in which module of Keras. Knows no files and no shapes."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODELS = ("Sequential", "Functional", "Model")
MODEL_MODULES = {
    "Sequential": _words(
        "keras keras.models keras.src.models.sequential keras.engine.sequential keras.src.engine.sequential"
    ),
    "Functional": _words(
        "keras keras.models keras.src.models.functional keras.engine.functional keras.src.engine.functional"
    ),
    "Model": _words("keras keras.models keras.src.models.model keras.engine.training keras.src.engine.training"),
}
LAYER_MODULES = ("keras.layers",)
OPERATION_MODULES = {
    "keras.src.ops.core": frozenset({"Cast", "StopGradient"}),
    "keras.src.ops.math": frozenset({"Erf", "Logsumexp", "Rsqrt"}),
    "keras.src.ops.nn": _words(
        "Celu Elu Gelu HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax Normalize OneHot Relu Relu6 Selu "
        "Sigmoid Silu Softmax Softplus Softsign Squareplus TanhShrink"
    ),
}
NUMPY_OPERATIONS = "keras.src.ops.numpy"  # the module of all other operations

# Words that Keras, where it reads an .h5, takes for the functions of these names and puts in their place.
FUNCTION_WORDS = _words(
    "Input add average concatenate deserialize dot keras_export maximum minimum multiply serialize subtract"
)
# What the worst of classes would do; all others that are not stock layers are refused as unknown.
DANGEROUS = {
    "Lambda": "it runs Python code that is in the file",
    "__lambda__": "it is Python code",
    "TFSMLayer": "it loads and runs a SavedModel from a path of this machine",
    "TorchModuleWrapper": "it unpickles what is in the file, which runs code",
    "JaxLayer": "it runs code that is in the file",
    "FlaxLayer": "it runs code that is in the file",
    "function": "it names a function to be called",
    "__typespec__": "it names a class of TensorFlow to be made",
    "TypeSpec": "it names a class of TensorFlow to be made",
    "CompositeTensor": "it makes tensors while the file is read",
}

ACTIVATIONS = _words(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
ACTIVATION_LAYERS = frozenset({"Activation", "ELU", "LeakyReLU", "ReLU", "Softmax"})
INITIALIZERS = _words(
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones "
    "Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros "
    "constant glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform normal one ones "
    "orthogonal random_normal random_uniform truncated_normal uniform variance_scaling zero zeros"
)
REGULARIZERS = _words("L1 L1L2 L2 OrthogonalRegularizer l1 l1_l2 l1l2 l2 orthogonal_regularizer")
CONSTRAINTS = _words(
    "MaxNorm MinMaxNorm NonNeg UnitNorm max_norm maxnorm min_max_norm minmaxnorm non_neg nonneg unit_norm unitnorm"
)
POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy", "Policy"})
POLICY_MODULES = ("keras", "keras.dtype_policies", "keras.mixed_precision")
DTYPES = _words(
    "bfloat16 bool float16 float32 float64 int16 int32 int64 int8 string uint16 uint32 uint64 uint8 "
    "mixed_bfloat16 mixed_float16"
)
# What may stand under a key that ends so, as a word or as an object of these modules.
PARTS = {
    "initializer": (INITIALIZERS, ("keras.initializers",)),
    "regularizer": (REGULARIZERS, ("keras.regularizers",)),
    "constraint": (CONSTRAINTS, ("keras.constraints",)),
}
COMPILED_MODULES = (
    "keras.losses",
    "keras.metrics",
    "keras.optimizers",
    "keras.optimizers.legacy",
    "keras.optimizers.schedules",
    "keras.src.optimizers",
    "builtins",
)
