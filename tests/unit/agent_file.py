"""The probe agent as the one file that a person installs."""

import shutil
import zipapp
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "agent" / "README.md"
ENTRY = "fusion_probe_agent.cli:command"
STEPS = (
    "mkdir probe-agent && cp -r agent/fusion_probe_agent core/fusion_iot_core probe-agent/\n",
    f"python3 -m zipapp probe-agent -m {ENTRY} -p '/usr/bin/env python3'",
)


def make(folder: Path) -> Path:
    """Make it below a folder, as the README says."""
    text = README.read_text(encoding="utf-8")
    assert all(step in text for step in STEPS)
    for package in (ROOT / "agent" / "fusion_probe_agent", ROOT / "core" / "fusion_iot_core"):
        shutil.copytree(package, folder / "probe-agent" / package.name)
    made = folder / "fusion-probe-agent"
    zipapp.create_archive(folder / "probe-agent", made, "/usr/bin/env python3", ENTRY)
    return made
