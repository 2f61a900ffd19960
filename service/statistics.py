"""What has been counted of one version, in all workers, for protocols that ask for statistics. Knows no protocol."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.metrics import Metrics

PHASES = ("decode", "queue", "run", "encode")


@dataclass
class Statistics:
    """Counts since the service started."""

    rows: int = 0
    runs: int = 0  # of the model; several requests may share one
    answered: int = 0  # requests with a good answer
    failed: int = 0
    last_s: float = 0.0  # since 1970; 0 where nothing was answered yet
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))


def statistics(metrics: Metrics) -> Mapping[tuple[str, str], Statistics]:
    """By model and version."""
    found: defaultdict[tuple[str, str], Statistics] = defaultdict(Statistics)
    for name, labels, value in metrics.samples():
        model, version = labels.get("model"), labels.get("version")
        if not model or not version:
            continue
        counted = found[model, version]
        match name:
            case "heaviside_rows_total":
                counted.rows += int(value)
            case "heaviside_batch_rows_count":
                counted.runs += int(value)
            case "heaviside_phase_seconds_count" if labels["phase"] == "encode":
                counted.answered += int(value)
            case "heaviside_requests_total" if labels["status"] >= "400":
                counted.failed += int(value)
            case "heaviside_last_prediction_timestamp_seconds":
                counted.last_s = max(counted.last_s, value)
            case "heaviside_phase_seconds_sum":
                counted.seconds[labels["phase"]] += value
    return found
