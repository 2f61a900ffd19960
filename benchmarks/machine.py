"""The machine that is measured on, and how busy others keep it. Knows nothing of what is measured."""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def machine() -> Mapping[str, str]:
    """What a reader must know of the machine, with the date."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": names[0].partition(": ")[2] if names else platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def share_of_others() -> float:
    """The share of all cores that other programs take, watched for a second while nothing of ours runs."""
    before = _cpu_times()
    time.sleep(1)
    spent = _cpu_times() - before
    return float(1 - spent[3:5].sum() / max(spent.sum(), 1))  # the fourth and fifth are idle, and waiting for a disk


def sentences(described: Mapping[str, str], others_share: Sequence[float]) -> list[str]:
    """Both, to stand below the figures."""
    shares = ", ".join(f"{share:.0%}" for share in others_share) or "unknown"
    return [
        f"Measured: {', '.join(f'{name} {value}' for name, value in described.items())}.",
        f"Share of the cores that other programs took before each round: {shares}.",
    ]


def _cpu_times() -> np.ndarray:
    return np.array(Path("/proc/stat").read_text().splitlines()[0].split()[1:9], np.int64)
