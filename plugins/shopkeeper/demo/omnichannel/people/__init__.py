"""Who lives in the world: persons in households, with the traits that drive what they do."""

from shopkeeper.demo.omnichannel.people.persons import People, populate
from shopkeeper.demo.omnichannel.people.state import State, begin

__all__ = ["People", "State", "begin", "populate"]
