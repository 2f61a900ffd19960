"""`make audit`: known vulnerabilities, licences, a bill of materials. Knows no tool's words."""

import sys
from pathlib import Path

from audit.advisories import look_up
from audit.bill import write_bill
from audit.licences import faults

LOCKS = tuple(
    Path("requirements") / f"{name}.txt" for name in ("dev", "clients", "audit")
)  # dev has all of the service
ENVIRONMENT = Path(".venv")
BILL = Path("build") / "sbom.json"


def main() -> int:
    """Print what was found; 1 where a vulnerability is known or a licence is not allowed."""
    found = [look_up(lock) for lock in LOCKS]
    for answer in found:
        print("\n".join(answer.lines()))
    bill = write_bill(ENVIRONMENT, BILL)
    not_allowed = faults(bill)
    print(f"{BILL}: {len(bill['components'])} packages, written in CycloneDX {bill['specVersion']}.")
    print("\n".join(not_allowed) or "Every licence among them is one that audit/licences.py allows.")
    return int(bool(not_allowed) or any(answer.vulnerable for answer in found))


if __name__ == "__main__":
    sys.exit(main())
