"""How the systems spoil what they are told."""

from pydantic import Field

from shopkeeper.demo.omnichannel.parameters.assortment import Group


class Dirt(Group):
    """Rates of faults in the dropped files; SCENARIOS.md tells each one's story."""

    scale: float = Field(1.0, ge=0, description="Multiplies every rate; 0: clean files")
    typing_error_in_name: float = Field(0.05, description="Account records whose name was typed wrongly")
    typing_error_in_phone: float = Field(0.02, description="Account records whose phone was typed wrongly")
    full_width_digits: float = Field(0.03, description="Chinese records with full-width digits")
    traditional_characters: float = Field(0.05, description="Chinese records in the other script")
    masked_phone: float = Field(0.10, description="Web and loyalty records and orders with a masked phone")
    one_phone: float = Field(0.02, description="CRM and loyalty records with the phone that clerks type")
    duplicate: float = Field(0.013, description="Records that are written twice")
    conflicting_duplicate: float = Field(0.004, description="Records with a second one that contradicts")
    orphan: float = Field(0.004, description="Further records whose order, account or text nobody knows")
    return_without_order: float = Field(0.06, description="Refunds that name no order or receipt")
    clock_skew: float = Field(0.03, description="Devices with a wrong clock")
    late_file: float = Field(0.02, description="Files that come one to six days late")
    restated_file: float = Field(0.006, description="Files that come first with a tenth missing")
    broken_row: float = Field(0.0008, description="Records of text files that are cut off")
    personal_data_in_url: float = Field(0.006, description="Visits whose address line holds contact data")
    truncated_day: int = Field(33, description="Day whose stock snapshot first comes cut off")
    wrong_zone_from_day: int = Field(44, description="First day of a week of British tills on Chinese time")
    currency_day: int = Field(61, description="Day on which British orders are said to be in CNY")
    migration_day: int = Field(70, description="Day on which the CRM renumbers its customers")
    one_phone_accounts: int = Field(0, description="Accounts that carry one and the same phone; 0: by rate")
    missing_system: str | None = Field(None, description="System that drops nothing for a while")
    missing_from_day: int = Field(150, description="First day on which it drops nothing")
    missing_days: int = Field(30, description="Days for which it drops nothing")
    merged_share: float = Field(
        0.0, description="Persons who are customers of a second retailer; 0: there is one retailer"
    )
    merged_both: float = Field(0.3, description="Share of these who are customers of the first one too")
    merged_from_day: int = Field(120, description="First day on which the two retailers are one")
