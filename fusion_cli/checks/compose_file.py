"""docker-compose.yml against the published schema, without a container engine."""

from __future__ import annotations

from ..report import Step
from .check import Check, Outcome, Work

FILE = "docker-compose.yml"


class ComposeFile(Check):
    """`check-jsonschema` with the compose specification that it carries."""

    order = 60
    title = FILE

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails; a checkout without the file fails."""
        if not work.selection.everything and not work.selection.part(FILE):
            return None
        if not (work.project.root / FILE).exists():
            return Outcome(failed=1, told=f"{FILE} is missing")
        return work.tool("check-jsonschema", ["--builtin-schema", "vendor.compose-spec", FILE], step)


CHECK = ComposeFile()
