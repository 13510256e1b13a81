"""The limits a reading is judged by."""

from typing import NamedTuple


class Limits(NamedTuple):
    """Specification and action limits in the unit of the reading; ``None`` is an open limit.

    Breaching a spec limit is an excursion and raises a hold. Action limits lie inside the spec limits and
    say "adjust now"; they raise nothing. A value equal to a limit is within it.
    """

    spec_min: float | None = None
    spec_max: float | None = None
    action_min: float | None = None
    action_max: float | None = None

    @property
    def specified(self) -> bool:
        """Whether there is a specification to judge by."""
        return self.spec_min is not None or self.spec_max is not None

    def in_spec(self, value: float) -> bool:
        """Whether ``value`` is within the specification."""
        return (self.spec_min is None or value >= self.spec_min) and (
            self.spec_max is None or value <= self.spec_max
        )

    def well_inside(self, value: float, deadband: float) -> bool:
        """Whether ``value`` is within the specification by at least ``deadband``.

        A deadband that leaves nothing between the two limits is not applied.
        """
        if deadband <= 0 or (
            self.spec_min is not None
            and self.spec_max is not None
            and self.spec_max - self.spec_min <= 2 * deadband
        ):
            return self.in_spec(value)
        return (self.spec_min is None or value >= self.spec_min + deadband) and (
            self.spec_max is None or value <= self.spec_max - deadband
        )
