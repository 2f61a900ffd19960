"""Decides from a model file's bytes alone whether Keras may have it. Knows neither Keras nor a store."""

from models.inspection.inspecting import inspect
from models.inspection.limits import Limits
from models.inspection.model_file import ModelFile
from models.inspection.refused import Refused

__all__ = ["Limits", "ModelFile", "Refused", "inspect"]
