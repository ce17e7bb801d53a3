"""How people choose, and how what happens to them changes them."""

from pydantic import Field

from shopkeeper.demo.omnichannel.parameters.assortment import Group


class Choice(Group):
    """What is put into the basket."""

    store_conversion: float = Field(1.1, description="Log odds that a store visit buys, with one need due")
    screen_conversion: float = Field(-2.7, description="Log odds that a screen visit buys, with one need due")
    need_conversion: float = Field(0.35, description="Log odds for each further need due")
    price_conversion: float = Field(
        -0.9, description="Log odds for a log price above the usual, at sensitivity 1"
    )
    coupon_conversion: float = Field(0.8, description="Log odds for a coupon in hand")
    wallet_median: float = Field(0.0, description="Log odds that a need is filled here and not at a rival")
    wallet_spread: float = Field(0.9, description="Standard deviation of these log odds")
    need_incidence: float = Field(2.0, description="Log odds that a need due is filled in a buying visit")
    taste_spread: float = Field(
        0.9, description="Standard deviation of a person's lasting taste of a product"
    )
    nest_spread: float = Field(0.8, description="Standard deviation of a day's taste of a subcategory")
    brand_loyalty: float = Field(0.9, description="Utility of the brand bought last, at brand value 1")
    price_slope: float = Field(3.3, description="Median utility lost per unit of log price")
    price_slope_spread: float = Field(0.45, description="Standard deviation of its logarithm")
    trait_effect: float = Field(3.4, description="Utility of a product's trait for a person's full motive")
    popularity_spread: float = Field(
        2.0, description="Scale of a product's general appeal, which is exponential: few are liked by all"
    )
    stock_up: float = Field(0.6, description="Log factor of units for a log price below the usual")


class Feelings(Group):
    """Satisfaction, and what it moves."""

    start: float = Field(0.68, description="Mean satisfaction at the start, 0 to 1")
    neutral: float = Field(0.67, description="Satisfaction that moves nothing")
    base: float = Field(0.70, description="Experience of a purchase in which nothing is special")
    learning: float = Field(0.22, description="Weight of the last experience")
    noise: float = Field(0.10, description="Standard deviation of an experience")
    late: float = Field(-0.30, description="Experience of a late delivery, at full pain")
    out_of_stock: float = Field(-0.25, description="Experience of a product out of stock, at full pain")
    dear: float = Field(-0.5, description="Experience of a log price above the rival's, at full pain")
    bad_quality: float = Field(-0.30, description="Experience of a product that is sent back, at full pain")
    bad_service: float = Field(-0.30, description="Experience of an unsolved ticket, at full pain")
    attachment_gain: float = Field(
        0.16, description="Share of the gap by which attachment follows satisfaction"
    )
    wallet_effect: float = Field(
        2.4, description="Log odds of a need filled here for satisfaction above neutral"
    )
    late_rate: float = Field(0.11, description="Orders delivered later than promised")
    ticket_rate: float = Field(0.012, description="Transactions followed by a ticket, when all went well")
    trouble_ticket_rate: float = Field(0.22, description="Transactions followed by a ticket, after trouble")
    solved_rate: float = Field(0.72, description="Tickets solved to satisfaction")
    review_rate: float = Field(0.05, description="Order lines reviewed, at middling feelings")
    review_extreme: float = Field(2.5, description="Log factor of reviews for strong feelings")
    survey_rate: float = Field(0.12, description="Transactions followed by a survey")
    answer_odds: float = Field(-1.7, description="Log odds that a survey is answered, at middling feelings")
    answer_bias: float = Field(
        2.0, description="Log odds of an answer for strong feelings: non-response bias"
    )
    comment_daily: float = Field(0.0006, description="Social comments a person and day")
    spam_rate: float = Field(0.08, description="Social comments that are spam")
    sarcasm_rate: float = Field(0.03, description="Texts whose words say the contrary")


class Programme(Group):
    """A programme of personal recommendations, given to the treatment arm of experiment 1."""

    strength: float = Field(
        0.35, ge=0, description="1: sales +30 %, repurchase +20 %, satisfaction 4.2 to 4.7"
    )
    from_day: int = Field(180, description="First day")
    treated_share: float = Field(0.5, description="Share of persons in the treatment arm")
    conversion: float = Field(0.20, description="Log odds of buying, at strength 1")
    visits: float = Field(0.06, description="Log factor of visits, at strength 1")
    basket: float = Field(0.24, description="Log factor of impulse purchases and units, at strength 1")
    satisfaction: float = Field(0.12, description="Added to an experience, at strength 1")


class Marketing(Group):
    """Ads, messages, offers, and what they truly do."""

    effect: float = Field(1.0, ge=0, description="Scales every true effect of marketing; 0: nothing has one")
    channel_effect: dict[str, float] = Field(
        {"search": 0.10, "social": 0.30, "display": 0.12, "video": 0.42, "email": 0.20, "messaging": 0.32},
        description="Log factor of visits at full goodwill, for a persuadable person",
    )
    decay_days: dict[str, float] = Field(
        {"search": 1.5, "social": 5.0, "display": 4.0, "video": 14.0, "email": 3.0, "messaging": 2.0},
        description="Half-life of goodwill",
    )
    reach_daily: dict[str, float] = Field(
        {"search": 0.0, "social": 0.016, "display": 0.020, "video": 0.012},
        description="Share of persons who see an ad on a day, at the mean targeting and the usual spend",
    )
    cost_per_thousand: dict[str, float] = Field(
        {"search": 60.0, "social": 90.0, "display": 55.0, "video": 160.0, "email": 2.0, "messaging": 45.0},
        description="GBP for 1,000 recorded impressions (each a burst of about ten) or 100 search clicks",
    )
    market_reach: tuple[float, float] = Field((1.0, 1.0), description="Factor on reach in CN and GB")
    synergy: float = Field(0.25, description="Log factor for seeing video and another ad in one week")
    persuadable: float = Field(0.35, description="Persons whom ads move")
    irritated: float = Field(0.06, description="Persons whom messages drive away")
    targeting: float = Field(
        1.2, description="Log factor of being shown an ad for the own intent: confounding"
    )
    search_share: float = Field(
        0.28, description="Screen visits of the well-inclined that come through a search ad"
    )
    search_need: float = Field(0.18, description="Share of those that would not come without it")
    season_spend: float = Field(0.9, description="Log factor of spend at a season's peak: confounding")
    click_rate: float = Field(0.035, description="Persons seeing an ad who click")
    open_rate: float = Field(0.27, description="Messages opened, at the mean")
    open_click_rate: float = Field(0.13, description="Opened messages whose link is followed")
    bounce_rate: float = Field(0.015, description="Messages that bounce")
    unsubscribe_rate: float = Field(0.0025, description="Opened messages that end in a withdrawal of consent")
    consent_rate: float = Field(0.68, description="Account holders who consent to messages")
    campaigns_weekly: float = Field(2.5, description="Campaigns a week and market")
    holdout_rate: float = Field(0.10, description="Share of an audience left out at random")
    coupon_rate: float = Field(0.55, description="Campaigns that carry an offer")
    spend_plan: dict[str, float] = Field({}, description="Channel → factor on spend, 0: off")


class Loyalty(Group):
    """Members, points, tiers."""

    member_rate: float = Field(0.58, description="Customers who are members")
    points_rate: float = Field(1.0, description="Points for one GBP; CNY count a ninth")
    burn_rate: float = Field(0.20, description="Transactions of members with 500 points that spend points")
    point_amount: float = Field(0.01, description="GBP that a point is worth")
    expiry_days: int = Field(365, description="Days after which unspent points expire")
    silver_amount: float = Field(150.0, description="GBP in 180 days for silver")
    gold_amount: float = Field(450.0, description="GBP in 180 days for gold")
    tier_effect: float = Field(0.10, description="Log factor of visits of silver; gold twice")
