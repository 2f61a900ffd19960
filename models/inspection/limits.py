"""How much a model file may hold. Knows none of the formats."""

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What is refused above; each is far more than the models that this project trains and serves need."""

    file_bytes: int = 1024 * MEBIBYTE
    members: int = 3  # metadata.json, config.json, model.weights.h5
    member_bytes: int = 1024 * MEBIBYTE  # of one member, uncompressed
    archive_bytes: int = 1024 * MEBIBYTE  # of all members, uncompressed
    json_bytes: int = 16 * MEBIBYTE
    json_depth: int = 100
    json_nodes: int = 500_000  # objects, arrays and values
    calls: int = 20_000  # of layers in the graph, those of nested models as often as the models are called
    parameters: int = 1 << 28  # weights of the model, counted from its configuration
    row_elements: int = 1 << 27  # numbers that one layer gives for one row
    hdf5_objects: int = 50_000  # groups and data sets
    hdf5_depth: int = 50
    hdf5_attribute_bytes: int = MEBIBYTE  # of one attribute; model_config is bounded by json_bytes
    hdf5_weight_bytes: int = 4096 * MEBIBYTE  # of all data sets as declared, the optimizer's among them
    hdf5_memory_bytes: int = 256 * MEBIBYTE  # of the process that reads HDF5, beyond what it has when it starts
    hdf5_seconds: int = 60  # of that process
