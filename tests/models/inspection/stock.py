"""Small models of the stock layers of Keras, by name: what an importer must let pass. Imports Keras."""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers, ops


def models() -> dict[str, keras.Model]:
    """A model of each kind; every stock layer that the inspection knows is in one of them."""
    keras.utils.set_random_seed(0)
    return {name: build() for name, build in BUILDERS.items()}


def compiled_classifier() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, "relu", kernel_regularizer="l2", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            layers.BatchNormalization(),
            layers.Dense(3, "softmax", kernel_constraint=keras.constraints.MaxNorm(2)),
        ]
    )
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), loss="mse")
    return model


def compiled_with_objects() -> keras.Model:
    model = compiled_classifier()
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    model.compile("sgd", loss=loss, metrics=["accuracy", keras.metrics.AUC(), keras.losses.mean_squared_error])
    return model


def perceptron_without_input_layer() -> keras.Model:
    model = keras.Sequential(
        [layers.Flatten(), layers.Dense(3, activation=layers.LeakyReLU()), layers.Dense(1, "sigmoid")]
    )
    model.build((None, 3, 4))
    return model


def two_inputs() -> keras.Model:
    left, right = keras.Input((4,), name="left"), keras.Input((6,), name="right")
    shared = layers.Dense(4, "gelu", name="shared")
    narrow = layers.Dense(4)(right)
    joined = layers.Concatenate()([shared(left), shared(narrow), layers.Multiply()([left, narrow])])
    return keras.Model([left, right], {"a": layers.Dense(1, name="a")(joined), "b": layers.Dense(2, "softmax")(joined)})


def nested() -> keras.Model:
    inner_input = keras.Input((4,))
    inner = keras.Model(inner_input, layers.Dense(3, "tanh")(inner_input), name="inner")
    tower = keras.Sequential([keras.Input((3,)), layers.Dense(3), layers.LayerNormalization()], name="tower")
    one, other = keras.Input((4,)), keras.Input((4,))
    first, second = inner(one), inner(other)
    together = tower(layers.Add()([first, second]))
    return keras.Model([one, other], [layers.Average()([together, second]), inner(layers.Subtract()([one, other]))])


def pictures() -> keras.Model:
    picture = keras.Input((16, 16, 3))
    x = layers.Rescaling(1 / 255)(picture)
    for augment in (
        layers.RandomFlip(),
        layers.RandomRotation(0.1),
        layers.RandomZoom(0.1),
        layers.RandomContrast(0.1),
    ):
        x = augment(x)
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.DepthwiseConv2D((3, 2), depth_multiplier=2)(x)
    x = layers.SeparableConv2D(6, 3, strides=2, padding="same")(x)
    x = layers.GroupNormalization(groups=3)(x)
    x = layers.Conv2DTranspose(4, 3, strides=2)(x)
    x = layers.ZeroPadding2D(((1, 2), (0, 1)))(x)
    x = layers.Cropping2D(1)(x)
    x = layers.UpSampling2D((2, 1))(x)
    x = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.SpatialDropout2D(0.1)(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.Conv2D(6, 3, dilation_rate=2, groups=2, padding="same", use_bias=False)(x)
    x = layers.concatenate([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(picture, layers.Dense(10, "softmax")(x))


def resized_pictures() -> keras.Model:
    picture = keras.Input((20, 24, 3))
    x = layers.Resizing(12, 10)(layers.CenterCrop(16, 16)(picture))
    for augment in (layers.RandomCrop(8, 8), layers.RandomBrightness(0.1), layers.RandomTranslation(0.1, 0.1)):
        x = augment(x)
    x = layers.GaussianNoise(0.1)(layers.GaussianDropout(0.1)(x))
    return keras.Model(picture, layers.AlphaDropout(0.1)(layers.Flatten()(layers.ActivityRegularization(0.1)(x))))


def sequences_of_pictures() -> keras.Model:
    frames = keras.Input((3, 8, 8, 1))
    encoder = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.GlobalMaxPooling2D()])
    x = layers.LSTM(3)(layers.TimeDistributed(encoder)(frames))
    y = layers.Flatten()(layers.ConvLSTM2D(2, 3, padding="same")(frames))
    z = layers.GlobalAveragePooling3D()(layers.Conv3D(2, 2)(layers.ZeroPadding3D(1)(frames)))
    return keras.Model(frames, layers.Dense(2)(layers.Concatenate()([x, y, z])))


def signals() -> keras.Model:
    signal = keras.Input((40, 2))
    x = layers.Conv1D(4, 5, padding="causal", dilation_rate=2)(signal)
    x = layers.SeparableConv1D(4, 3)(layers.MaxPooling1D(2)(x))
    x = layers.DepthwiseConv1D(3)(layers.Conv1DTranspose(4, 3, strides=2, padding="same")(x))
    x = layers.UpSampling1D(2)(layers.ZeroPadding1D((1, 2))(layers.Cropping1D(1)(x)))
    x = layers.AveragePooling1D(3, strides=1)(layers.SpatialDropout1D(0.1)(x))
    return keras.Model(signal, layers.GlobalMaxPooling1D(keepdims=True)(x))


def text() -> keras.Model:
    words = keras.Input((None,), dtype="int32")
    x = layers.Embedding(50, 8, mask_zero=True)(words)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.Bidirectional(
        layers.GRU(3, reset_after=False),
        merge_mode="sum",
        backward_layer=layers.GRU(3, go_backwards=True, reset_after=False),
    )(x)
    return keras.Model(words, layers.Dense(1, "sigmoid")(x))


def recurrent() -> keras.Model:
    steps = keras.Input((7, 3))
    x, *states = layers.LSTM(4, return_sequences=True, return_state=True)(steps)
    y = layers.SimpleRNN(4)(layers.Masking()(x))
    z = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)])(x)
    w = layers.RNN(layers.SimpleRNNCell(2), unroll=True)(x)
    v = layers.GRU(4)(layers.RepeatVector(3)(states[0]))
    return keras.Model(steps, layers.Concatenate()([y, z, w, v, *states]))


def decoder() -> keras.Model:
    steps, begun = keras.Input((7, 3)), keras.Input((4,))
    return keras.Model([steps, begun], layers.GRU(4)(steps, initial_state=begun))


def attention() -> keras.Model:
    query, value = keras.Input((5, 6)), keras.Input((7, 6))
    x = layers.MultiHeadAttention(2, 3)(query, value)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=6)(query, value, key=value)])
    x = layers.LayerNormalization()(layers.Add()([x, layers.GroupQueryAttention(2, 4, 2)(query, value)]))
    y = layers.Attention(use_scale=True)([x, value])
    z = layers.AdditiveAttention()([x, value])
    return keras.Model([query, value], layers.Dot(axes=(1, 1))([layers.Concatenate()([y, z]), x]))


def einsum() -> keras.Model:
    given = keras.Input((5, 6))
    x = layers.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(given)
    x = layers.EinsumDense("...x,xy->...y", output_shape=3)(x)
    return keras.Model(given, layers.SpectralNormalization(layers.Dense(2))(layers.UnitNormalization()(x)))


def reshaped() -> keras.Model:
    given = keras.Input((4, 6))
    x = layers.Permute((2, 1))(given)
    x = layers.Reshape((3, -1))(layers.Identity()(x))
    x = layers.PReLU()(layers.Softmax()(layers.ELU()(layers.ReLU(6.0)(x))))
    x = layers.RMSNormalization()(layers.Maximum()([x, layers.Minimum()([x, x])]))
    return keras.Model(given, layers.Activation("swish")(x))


def prepared() -> keras.Model:
    numbers = keras.Input((3,))
    normalization = layers.Normalization()
    normalization.adapt(np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 4.0]]))
    given = layers.Normalization(mean=[0.0, 0.0, 1.0], variance=[1.0, 2.0, 3.0])(numbers)
    bins = layers.Discretization([0.0, 1.0, 2.0], output_mode="one_hot")(numbers)
    return keras.Model(numbers, layers.Concatenate()([normalization(numbers), given, layers.Flatten()(bins)]))


def categories() -> keras.Model:
    kind = keras.Input((1,), dtype="int32")
    x = layers.CategoryEncoding(5, output_mode="one_hot")(kind)
    y = layers.IntegerLookup(vocabulary=[3, 4, 7], output_mode="multi_hot")(kind)
    z = layers.Hashing(4, output_mode="one_hot")(kind)
    return keras.Model(kind, layers.Dense(1)(layers.Concatenate()([x, y, z])))


def operations() -> keras.Model:
    given = keras.Input((4, 6))
    x = layers.Dense(6)(given) * 2 + given[:, :, :1] - ops.mean(given, axis=-1, keepdims=True)
    y = ops.concatenate([x[:, 0], ops.max(x, axis=1), ops.reshape(x, (-1, 24))], axis=-1)
    z = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
    w = ops.sum(ops.expand_dims(ops.relu(z), 1), axis=(1, 2)) / ops.squeeze(given[..., 3:4, :1][:, 0], -1)[:, None]
    return keras.Model(given, [layers.Dense(2)(y), w, ops.stack(ops.split(y, 4, axis=-1), axis=1)])


def mixed_precision() -> keras.Model:
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, dtype="mixed_float16"), layers.Dense(1, dtype="bfloat16")]
    )


BUILDERS: dict[str, Callable[[], keras.Model]] = {
    builder.__name__: builder
    for builder in (
        compiled_classifier,
        compiled_with_objects,
        perceptron_without_input_layer,
        two_inputs,
        nested,
        pictures,
        resized_pictures,
        sequences_of_pictures,
        signals,
        text,
        recurrent,
        decoder,
        attention,
        einsum,
        reshaped,
        prepared,
        categories,
        operations,
        mixed_precision,
    )
}
