"""Who the people are and how long they stay customers."""

from pydantic import Field

from shopkeeper.demo.omnichannel.parameters.assortment import Group


class People(Group):
    """Who lives in the world."""

    chinese_share: float = Field(0.5, description="Share of persons in the Chinese market")
    group_weights: tuple[float, ...] = Field(
        (0.27, 0.21, 0.17, 0.14, 0.10, 0.07, 0.04), description="Shares of the lifestyle groups"
    )
    group_separation: float = Field(1.2, description="Scales the distance between lifestyle groups")
    group_noise: float = Field(0.45, description="Spread of traits around a group's curve")
    blend_rate: float = Field(0.15, description="Persons between two groups")
    staff_rate: float = Field(0.004, description="Staff who buy at a discount")
    reseller_rate: float = Field(0.002, description="Resellers who buy in bulk")
    tester_rate: float = Field(0.001, description="Test accounts")
    twin_rate: float = Field(0.004, description="Persons with a twin in the household")
    household_sizes_cn: tuple[float, ...] = Field(
        (0.25, 0.30, 0.21, 0.13, 0.11), description="Households of 1 to 5 in China"
    )
    household_sizes_gb: tuple[float, ...] = Field(
        (0.30, 0.34, 0.16, 0.13, 0.07), description="Households of 1 to 5 in Britain"
    )
    started_share: float = Field(0.66, description="Persons who were customers before the start")
    arrival_growth: float = Field(0.25, description="Growth of arrivals over a year, as a log factor")


class Lives(Group):
    """Arrival, lapse, return, moves."""

    lapse_daily: float = Field(0.0024, description="Hazard of lapsing on a day at neutral attachment")
    lapse_attachment: float = Field(4.5, description="Log factor of the hazard for attachment below neutral")
    novelty_days: float = Field(45.0, description="Tenure at which lapsing peaks")
    novelty_height: float = Field(1.6, description="Log factor of the hazard at that peak")
    rival_lapse: float = Field(2.0, description="Log factor of the hazard for the rival's price advantage")
    return_daily: float = Field(0.0025, description="Hazard of returning on a day")
    gone_share: float = Field(0.35, description="Lapsed persons who never return")
    moved_daily: float = Field(0.00022, description="Hazard of moving house on a day")
    phone_daily: float = Field(0.00025, description="Hazard of a new phone number on a day")
    recycled_rate: float = Field(0.04, description="New phone numbers that somebody else gave up")
    cookie_daily: float = Field(0.0124, description="Hazard of clearing cookies on a day")
    shared_phone_rate: float = Field(0.05, description="Persons who give another household member's phone")
    shared_device_rate: float = Field(0.12, description="Households with a shared tablet or computer")
    second_account_rate: float = Field(0.06, description="Persons who open a second record in a system")
    deletion_rate: float = Field(0.1, description="Of those who never return: have their records deleted")
    drift_daily: float = Field(
        0.0, description="Drift a day of the price sensitivity of all, as a log factor"
    )
    drift_from_day: int = Field(0, description="First day of the drift")


class Visits(Group):
    """How often people come, and where."""

    daily_mean: float = Field(0.052, description="Median visits a day of an active person")
    spread: float = Field(0.9, description="Standard deviation of the log visit rate")
    market_shift: tuple[float, float] = Field((0.0, 0.0), description="Log factor of visits in CN and GB")
    need_effect: float = Field(0.85, description="Log factor of visits for a full set of needs due")
    attachment_effect: float = Field(1.6, description="Log factor of visits for attachment above neutral")
    weekend: float = Field(0.30, description="Log factor on Saturday and Sunday")
    rain: float = Field(-0.25, description="Log factor of store visits on a wet day")
    heat: float = Field(-0.20, description="Log factor of store visits beyond 32 or below 0 degrees")
    holiday_cn: float = Field(-0.5, description="Log factor in the week of Spring Festival")
    closed_christmas: float = Field(-2.0, description="Log factor of British visits on 25 December")
    screen_shift: float = Field(0.35, description="Log odds of a screen against a store at neutral affinity")
    screen_slope: float = Field(3.4, description="Log odds of a screen for digital affinity")
    second_visit_rate: float = Field(0.10, description="Visits that lead to one in another channel that day")
    outsider_share: float = Field(
        0.30, description="Screen visits by persons who are no customers yet or any more"
    )
    bot_rate: float = Field(0.03, description="Screen visits that are bots', of all")
    login_rate: float = Field(
        0.45, description="Screen visits of account holders that log in before a checkout"
    )
    card_rate: float = Field(0.58, description="Receipts of members that show the card")
