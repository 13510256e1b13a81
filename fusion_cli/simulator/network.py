"""The MQTT devices of the line: which of them reads which probe."""

from __future__ import annotations

from . import plant
from .devices.device import Device
from .devices.relays import ShellyRelay, TasmotaRelays
from .devices.shelly import ShellyAddon
from .devices.shelly_meters import ShellyMeter, ShellyPlug
from .devices.tasmota import TasmotaGateway
from .machine import Machine

RECTIFIER = Machine(rated=10_800.0, on=1500, off=420, standby=35.0)
PUMP = Machine(rated=370.0, on=3300, off=300, standby=1.2)
ADDON = "shellyplus1-a8032ab11c5d"
ADDON_PROBES = {100: plant.ANODISE_2, 101: plant.ANODISE_3}
"""The probes of the Add-on by component number: its messages do not name them otherwise."""
CHANNELS = {f"temperature:{number}": serial for number, serial in ADDON_PROBES.items()}
"""The same by the channel under which the server knows them. Their serials are known to nobody else."""


def addon() -> ShellyAddon:
    """The Add-on, which has sent nothing yet."""
    return ShellyAddon(ADDON, "192.0.2.41", ADDON_PROBES)


def devices() -> list[Device]:
    """Devices that have sent nothing yet.

    The demo data knows the first six. The plug of a pump and the probe in a new rinse are there to be discovered.
    """
    return [
        TasmotaGateway(
            "tasmota_A1B2C3",
            (
                plant.SOAK,
                plant.ELECTROCLEAN,
                plant.PICKLE,
                plant.ZINC,
                plant.NICKEL,
                plant.SULFAMATE,
                plant.HARD_CHROME,
                plant.DECO_CHROME,
            ),
        ),
        addon(),
        TasmotaGateway("tank6-probes", (plant.SULFAMATE_TOP,)),
        ShellyMeter("shellypro3em-a0dd6c9f1b24", "192.0.2.42", RECTIFIER),
        ShellyRelay("shellyplus1-b0b21c114e6c", "192.0.2.44"),
        TasmotaRelays("tasmota_lamps", 2),
        ShellyPlug("shellyplugsg3-8cbfea90d4c8", "192.0.2.43", PUMP),
        TasmotaGateway("tasmota_new_rinse", (plant.RINSE,), period=30),
    ]
