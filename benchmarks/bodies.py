"""What is asked: the rows of each request body, the same for every peer. Knows no peer and no format on the wire."""

from dataclasses import dataclass

import numpy as np

from benchmarks.networks import CLOTHES, HOUSES, Network

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


# One line per body. A peer is asked those whose media type it speaks (benchmarks/peer.py).
BODIES = (
    Body("one image", CLOTHES, 1),
    Body("32 images", CLOTHES, 32),
    Body("eight floats", HOUSES, 1),
    Body("one image, binary", CLOTHES, 1, NPY),
    Body("32 images, binary", CLOTHES, 32, NPY),
)
