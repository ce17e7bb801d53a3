"""Who runs a command, as the vault's access log names him."""

import os
import pwd


def user_name() -> str:
    """Return the name of the user whose process this is, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
