"""What a colour says, on every screen of the suite. ``readme/DEVELOP.md`` says it in words."""

# The state that a badge shows, by its value. A new value of a field that is shown as a badge gets its colour here.
COLOURS = {
    "success": {
        *("active", "connected", "done", "good", "in_spec", "in_use", "ok", "online", "released", "set"),
    },
    "danger": {
        *(
            "bad",
            "critical",
            "expired",
            "failed",
            "missing",
            "offline",
            "open",
            "out_of_spec",
            "poison",
            "unreadable",
        ),
        "waiting",  # for a server that there should be
    },
    "warning": {"action", "fault", "major", "overlap", "problem", "retrying", "suspect", "warning"},
    "info": {
        *(
            "acknowledged",
            "connecting",
            "info",
            "queued",
            "running",
            "sending",
            "sent",
            "standby",
            "starting",
            "stopping",
            "under_review",
            "working",
        ),
    },
    "muted": {
        *("completed", "draft", "dumped", "idle", "ignored", "minor", "no_data", "not_judged", "off"),
        *(
            "pending",
            "rejected",
            "resolved",
            "revoked",
            "silent",
            "skipped",
            "stopped",
            "unknown",
            "unpaired",
        ),
    },
}
COLOUR_OF = {value: colour for colour, values in COLOURS.items() for value in values}
# Where the same word says something else.
COLOUR_IN = {
    "iot.alert.status": {"active": "danger"},  # something is the matter, and nobody has seen to it
    "iot.alert.delivery.state": {"sent": "success", "waiting": "info"},  # that is its end; that is on purpose
}


def agreed(field, value):
    """The colour of a value of a field; ``None`` where none is agreed on."""
    return COLOUR_IN.get(str(field), {}).get(value, COLOUR_OF.get(value))
