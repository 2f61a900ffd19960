"""What is asked: the rows of each request body, the same for every peer. Knows no peer and no format on the wire."""

from dataclasses import dataclass

import numpy as np

from benchmarks.networks import CLOTHES, HOUSES, LARGE, Network

JSON = "application/json"
NPY = "application/x-npy"  # numpy.save


@dataclass(frozen=True)
class Body:
    """So many rows for one network, in one media type."""

    name: str
    network: Network
    count: int  # rows in one request
    media_type: str = JSON

    def rows(self) -> np.ndarray:
        """Real-looking rows, always the same: (count, *shape) float32."""
        return self.network.rows(self.count)


ONE_IMAGE = Body("one image", CLOTHES, 1)
IMAGES = Body("32 images", CLOTHES, 32)
FLOATS = Body("eight floats", HOUSES, 1)
ONE_BINARY_IMAGE = Body("one binary image", CLOTHES, 1, NPY)
BINARY_IMAGES = Body("32 binary images", CLOTHES, 32, NPY)
# A peer is asked those whose media type it speaks (benchmarks/peer.py).
BODIES = (ONE_IMAGE, IMAGES, FLOATS, ONE_BINARY_IMAGE, BINARY_IMAGES)

LARGE_IMAGE = Body("one image to the large network", LARGE, 1)  # of ours alone
