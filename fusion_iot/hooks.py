from .runtime import hook
from .runtime.kinds import register
from .runtime.mqtt.kind import MqttKind


def install_runtime():
    """Have this server run what the addon brings, once it serves."""
    register(MqttKind())
    hook.install()
