"""Lengths of time in texts that are made on the server, as the screens write them (see `amounts.js`)."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


def duration_text(env, seconds):
    """A length of time in its two largest units: "8 s", "3 min 20 s", "2 h 05 min", "4 d 6 h"."""
    length = max(0, int(seconds))
    if length < MINUTE:
        return env._("%s s", length)
    if length < HOUR:
        return env._(
            "%(minutes)s min %(seconds)s s", minutes=length // MINUTE, seconds=f"{length % MINUTE:02d}"
        )
    if length < DAY:
        return env._(
            "%(hours)s h %(minutes)s min", hours=length // HOUR, minutes=f"{length % HOUR // MINUTE:02d}"
        )
    return env._("%(days)s d %(hours)s h", days=length // DAY, hours=length % DAY // HOUR)
