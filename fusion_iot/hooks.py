from .runtime import hook


def install_runtime():
    """Have this server run what databases ask for, once it serves."""
    hook.install()
