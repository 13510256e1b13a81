"""What a colour says, on every screen of the suite. ``readme/DEVELOP.md`` says it in words."""

# The state that a badge shows, by its value. A new value of a field that is shown as a badge gets its colour here.
COLOURS = {
    "success": {
        *("active", "connected", "done", "good", "in_spec", "in_use", "ok", "online", "released", "set"),
    },
    "danger": {
        *("bad", "critical", "expired", "failed", "missing", "offline", "open", "out_of_spec", "poison"),
        "waiting",  # for a server that there should be
    },
    "warning": {"action", "fault", "major", "overlap", "problem", "retrying", "suspect"},
    "info": {
        *(
            "connecting",
            "queued",
            "running",
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
        *("rejected", "revoked", "silent", "stopped", "unknown", "unpaired"),
    },
}
COLOUR_OF = {value: colour for colour, values in COLOURS.items() for value in values}
