"""Virtual environments made from pinned and hashed requirement files, rebuilt when the pins change."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..lock import exclusive
from ..problem import Problem
from ..process import run
from ..report import Reporter
from .ask import ask


class Venv:
    """A virtual environment in `folder` with the pins of `requirements`: what has another hash is not installed.

    `visible` are further folders put on its module search path (a `.pth` file). `projects` are folders with a
    `pyproject.toml` that are installed from where they lie, so that a change in them needs no new environment.
    `bare` are pins of packages that are installed without what their code would need: only files of theirs are used.
    """

    def __init__(
        self,
        folder: Path,
        requirements: Sequence[Path],
        build_pins: Path,
        log: Path,
        projects: Sequence[Path] = (),
        bare: Sequence[Path] = (),
    ) -> None:
        self.folder = folder
        self.requirements = requirements
        self.build_pins = build_pins
        self.log = log
        self.projects = projects
        self.bare = bare

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def _stamp(self) -> Path:
        return self.folder / "fusion-stamp"

    def key(self, visible: Iterable[Path]) -> str:
        """What the environment must have been made from to be used as it is."""
        digest = hashlib.sha256()
        about = []
        for project in self.projects:
            # Name and version as they were installed.
            about += [project / "pyproject.toml", *sorted(project.glob("*/__init__.py"))]
        for path in (self.build_pins, *self.requirements, *self.bare, *about):
            digest.update(path.read_bytes() + b"\0")
        digest.update("\n".join(map(str, [self.folder, *self.projects, *visible])).encode())
        return digest.hexdigest()

    def ready(self, visible: Iterable[Path]) -> bool:
        """Whether it is there, whole and up to date."""
        try:
            same = self._stamp.read_text(encoding="utf-8") == self.key(visible)
        except OSError:
            return False
        return same and ask(self.python, "-c", "print(1)").said == "1"

    def make(self, interpreter: Path, visible: Sequence[Path], report: Reporter, title: str) -> None:
        """Build it anew with `interpreter`, unless another process has done so meanwhile."""
        with exclusive(self.folder.with_name(f"{self.folder.name}.lock")), report.step(title) as step:
            if self.ready(visible):
                return
            shutil.rmtree(self.folder, ignore_errors=True)
            hint = "Check the network (pip's own settings are used), then run the command again."
            name = self.folder.name
            log = self.log / f"{name}.log"
            run([interpreter, "-m", "venv", self.folder], log, what=f"Making the environment {name}")

            def note(line: str) -> None:
                words = line.split()
                if words[:1] in (["Collecting"], ["Installing"], ["Building"]):
                    step.note(" ".join(words[:2]))

            pip = [self.python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
            # What is imported is compiled then; most of it never is.
            hashed = [*pip, "--require-hashes", "--no-compile"]
            run(
                [*hashed, "-r", self.build_pins],
                self.log / f"{name}-build.log",
                what="Installing the build tools",
                hint=hint,
                on_line=note,
            )
            for options, paths, part in (((), self.requirements, "pip"), (("--no-deps",), self.bare, "bare")):
                if paths:
                    files = [argument for path in paths for argument in ("-r", path)]
                    run(
                        [*hashed, "--no-build-isolation", *options, *files],
                        self.log / f"{name}-{part}.log",
                        what="Installing the Python packages",
                        hint=hint,
                        on_line=note,
                    )
            for project in self.projects:
                run(
                    [*pip, "--no-build-isolation", "--no-deps", "--editable", project],
                    self.log / f"{name}-{project.name}.log",
                    what=f"Installing {project}",
                    on_line=note,
                )
            text = "".join(f"{path}\n" for path in visible)
            (site_packages(self.python) / "fusion.pth").write_text(text, encoding="utf-8")
            self._stamp.write_text(self.key(visible), encoding="utf-8")


def site_packages(python: Path) -> Path:
    """The folder into which packages of this interpreter are installed."""
    answer = ask(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    if answer.trouble:
        raise Problem(f"{python} does not run: {answer.trouble}.")
    return Path(answer.said)
