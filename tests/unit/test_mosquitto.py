"""Where the broker's programs come from."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from fusion_cli.tools import mosquitto


def test_of_two_who_need_it_at_once_one_fetches_it(tmp_path: Path, monkeypatch):
    fetched: list[Path] = []
    asked = threading.local()
    both = threading.Barrier(2)

    def trouble(_found: mosquitto.Mosquitto) -> str:
        answer = "" if fetched else "is not there"
        if not hasattr(asked, "once"):
            asked.once = True
            both.wait(patient(30))
        return answer

    monkeypatch.setattr(mosquitto, "_installed", lambda: None)
    monkeypatch.setattr(mosquitto, "_trouble", trouble)
    monkeypatch.setattr(mosquitto, "_fetch", lambda _project, folder, _report: fetched.append(folder))
    project = Project(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _n: mosquitto.get(project, Reporter(quiet=True)), range(2)))
    assert found[0] == found[1]
    assert fetched == [project.state / "mosquitto"]
