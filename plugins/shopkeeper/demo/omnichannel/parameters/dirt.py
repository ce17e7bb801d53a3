"""How the systems spoil what they are told."""

from pydantic import Field

from shopkeeper.demo.omnichannel.parameters.assortment import Group


class Dirt(Group):
    """Rates of faults in the dropped files; SCENARIOS.md tells each one's story."""

    scale: float = Field(1.0, ge=0, description="Multiplies every rate; 0: clean files")
    one_phone_accounts: int = Field(0, description="Accounts that carry one and the same phone; 0: by rate")
    missing_system: str | None = Field(None, description="System that drops nothing for a while")
    missing_from_day: int = Field(150, description="First day on which it drops nothing")
    missing_days: int = Field(30, description="Days for which it drops nothing")
    merged_share: float = Field(
        0.0, description="Persons whose records come from a second retailer's systems"
    )
    merged_from_day: int = Field(120, description="First day on which the two retailers are one")
