"""Every parameter of a world is data: typed, with a meaning and a default that is the dial at `real`."""

from shopkeeper.demo.omnichannel.parameters.reading import Parameters, read

__all__ = ["Parameters", "read"]
