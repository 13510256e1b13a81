"""The machines of the workshop, what each draws, and the meter it hangs on.

The shapes are plausible, not measured, and faster than life: within an hour every machine has been in use.
"""

from __future__ import annotations

from .devices.metered import Metered
from .devices.shelly_switch import ShellySwitch
from .devices.tasmota import TasmotaPlug
from .program import Part, again, program

LASER = program(
    "laser cutter",
    Part(270, 1.2),
    Part(40, 48),
    Part(150, 390, swing=0.2, hold=4),
    Part(45, 48),
    Part(240, 420, swing=0.2, hold=4),
    Part(80, 48),
    Part(210, 1.2),
    Part(60, 48),
    Part(360, 350, swing=0.25, hold=5),
    Part(60, 48),
)
"""Two visits; the chiller and the control stay on between two jobs."""
MILL = program(
    "CNC mill",
    Part(390, 2.5),
    Part(90, 180),
    Part(60, 900),
    again(3, Part(280, 1800, swing=0.3, hold=6), Part(75, 200, swing=0.03)),
    Part(40, 180),
)
"""Three parts of a series; between two of them the part is changed."""
COMPRESSOR = program(
    "compressor",
    *(
        part
        for pause, run in ((205, 75), (150, 60), (320, 90))
        for part in (Part(pause, 0.8), Part(1, 4100), Part(run, 2250))
    ),
)
"""Its motor's inrush, then the pressure rises; it has no standby."""
WASHER = program(
    "washing machine",
    Part(660, 0.5),
    Part(40, 25),
    Part(240, 2050),
    again(9, Part(12, 220), Part(8, 6)),
    Part(40, 35),
    Part(60, 2),
    again(9, Part(14, 200), Part(6, 6)),
    Part(30, 35),
    Part(120, 460),
    Part(25, 12),
    again(2, Part(110, 2), Part(10, 130)),
    Part(60, 2),
)
"""A short load: fills, heats, washes, soaks, rinses, spins, and turns its drum now and then when it is done."""
PRINTER = program(
    "3D printer",
    Part(420, 0.3),
    Part(50, 9),
    Part(85, 310),
    Part(1320, 140, swing=0.2, hold=8),
    Part(200, 12),
)
"""Heats its bed, prints, cools down."""
SAW = program(
    "table saw",
    Part(510, 0.0),
    again(4, Part(22, 1500, swing=0.2, hold=3), Part(35, 0.0)),
    Part(390, 0.0),
    again(2, Part(35, 1650, swing=0.2, hold=3), Part(50, 0.0)),
)
"""A few cuts in a row, off between them."""


def machines() -> list[Metered]:
    """The meters of all machines, which have said nothing yet. The demo data knows all of them."""
    return [
        ShellySwitch("shellyplusplugs-d4d4da09c3a8", "192.0.2.51", LASER),
        ShellySwitch("shellyplus1pm-7c87ce63a1e8", "192.0.2.52", MILL),
        ShellySwitch("shellypro1pm-30c6f78457d0", "192.0.2.53", COMPRESSOR),
        TasmotaPlug("tasmota_washer", WASHER),
        TasmotaPlug("tasmota_printer", PRINTER),
        ShellySwitch("shellyplugsg3-8cbfea91a7f0", "192.0.2.54", SAW),
    ]
