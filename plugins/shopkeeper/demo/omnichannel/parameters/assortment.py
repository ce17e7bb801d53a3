"""What is sold: categories and products."""

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """A group of parameters; an unknown name in a world file is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(Group):
    """One category of goods."""

    subcategories: tuple[str, ...]
    cycle_days: float = Field(description="Median days that one purchase lasts a single person")
    regularity: float = Field(description="Shape of the gamma noise of a cycle; 1 memoryless, higher regular")
    appeal: float = Field(description="Share of persons who need it at all")
    price_cny: float = Field(description="Median list price in CNY")
    price_gbp: float = Field(description="Median list price in GBP")
    price_spread: float = Field(description="Standard deviation of log list prices")
    units: float = Field(description="Mean units of a line")
    impulse: float = Field(description="Chance that a buyer adds it without need")
    online: float = Field(description="Log odds of buying it on a screen, against the mean category")
    price_slope: float = Field(description="Multiplies a person's price sensitivity")
    return_rate: float = Field(description="Share of lines bought on a screen that come back")
    peaks: dict[str, float] = Field(description="Season → log factor of need at its peak")
    drivers: dict[str, float] = Field(description="Trait → log factor of need for one unit of the trait")


def _category(
    subcategories: str, cycle: float, regularity: float, appeal: float, cny: float, gbp: float, spread: float,
    units: float, impulse: float, online: float, slope: float, returns: float,
    peaks: dict[str, float], drivers: dict[str, float],
) -> Category:  # fmt: skip
    return Category(
        subcategories=tuple(subcategories.split()), cycle_days=cycle, regularity=regularity, appeal=appeal,
        price_cny=cny, price_gbp=gbp, price_spread=spread, units=units, impulse=impulse, online=online,
        price_slope=slope, return_rate=returns, peaks=peaks, drivers=drivers,
    )  # fmt: skip


CATEGORIES = {
    "fresh": _category(
        "fruit vegetables dairy meat bakery", 7, 3.0, 0.75, 18, 2.6, 0.45, 1.7, 0.10, -1.6, 1.1, 0.004,
        {"spring_festival": 0.5, "christmas": 0.4, "mid_autumn": 0.3}, {"interest_cooking": 0.8, "value_health": 0.5}),
    "pantry": _category(
        "noodles sauces snacks tea sweets", 16, 3.0, 0.85, 22, 3.1, 0.50, 1.9, 0.13, -0.4, 1.2, 0.006,
        {"spring_festival": 0.6, "christmas": 0.5, "singles_day": 0.3},
        {"interest_cooking": 0.5, "taste_tradition": 0.3}),
    "drinks": _category(
        "water juice coffee beer wine", 14, 2.5, 0.70, 30, 4.5, 0.60, 1.8, 0.09, -0.6, 1.1, 0.005,
        {"christmas": 0.6, "spring_festival": 0.4, "summer": 0.4}, {"motive_status": 0.6}),
    "household": _category(
        "detergent paper cleaning kitchenware light", 38, 4.0, 0.80, 32, 4.4, 0.50, 1.5, 0.05, 0.1, 1.3, 0.01,
        {"singles_day": 0.6, "black_friday": 0.2}, {"value_sustainability": -0.2}),
    "personal_care": _category(
        "shampoo toothpaste soap shaving hygiene", 42, 4.0, 0.78, 38, 4.2, 0.45, 1.5, 0.06, 0.2, 1.1, 0.012,
        {"singles_day": 0.5}, {"value_health": 0.3}),
    "beauty": _category(
        "skincare make_up perfume hair nails", 55, 2.0, 0.42, 160, 16, 0.80, 1.2, 0.05, 0.6, 0.7, 0.045,
        {"singles_day": 0.9, "valentine": 0.4, "christmas": 0.4, "double_seven": 0.4},
        {"interest_beauty": 1.6, "motive_status": 0.8}),
    "baby": _category(
        "nappies formula food toys_for_babies care", 18, 4.0, 0.14, 120, 10.5, 0.50, 1.4, 0.02, 0.5, 0.5, 0.02,
        {"singles_day": 0.5}, {"interest_parenting": 1.2}),
    "pets": _category(
        "dog_food cat_food litter treats pet_care", 24, 4.0, 0.25, 75, 9.0, 0.50, 1.4, 0.02, 0.5, 0.8, 0.012,
        {"singles_day": 0.3}, {"interest_pets": 1.8}),
    "apparel": _category(
        "tops trousers dresses coats shoes", 48, 1.3, 0.62, 210, 28, 0.70, 1.2, 0.06, 0.7, 0.9, 0.22,
        {"singles_day": 0.7, "black_friday": 0.6, "spring_festival": 0.4, "christmas": 0.4, "summer": 0.2},
        {"interest_fashion": 1.5, "motive_status": 0.5}),
    "home": _category(
        "bedding lamps storage decoration garden", 75, 1.2, 0.50, 130, 18, 0.75, 1.3, 0.04, 0.4, 0.9, 0.09,
        {"singles_day": 0.5, "christmas": 0.4, "spring": 0.3}, {"interest_gardening": 1.0}),
    "electronics": _category(
        "phones headphones chargers kitchen_machines wearables", 150, 1.1, 0.40, 620, 75, 0.95, 1.1, 0.02, 0.9,
        1.0, 0.08, {"singles_day": 1.0, "black_friday": 1.0, "christmas": 0.5, "midyear_sale": 0.7},
        {"interest_technology": 1.4, "interest_gaming": 0.6}),
    "gifts": _category(
        "toys games stationery gift_boxes party", 90, 0.9, 0.45, 85, 11, 0.70, 1.6, 0.04, 0.3, 0.8, 0.05,
        {"christmas": 1.5, "spring_festival": 1.0, "mid_autumn": 0.8, "valentine": 0.3, "double_seven": 0.3},
        {"interest_festivals": 1.2, "interest_parenting": 0.5}),
}  # fmt: skip


class Assortment(Group):
    """The products."""

    categories: dict[str, Category] = CATEGORIES
    products_per_category: int = Field(50, description="Products of each category")
    brands: int = Field(40, description="Brands; the first three are the retailer's own")
    margin: float = Field(0.34, description="Median gross margin")
    new_rate: float = Field(0.12, description="Share of products launched after the start, in a year")
    withdrawn_rate: float = Field(0.08, description="Share withdrawn, in a year")
    complement_rate: float = Field(0.12, description="Share of products that complement another one")
    complement_lift: float = Field(
        0.30, description="Chance that a complement is added to what it complements"
    )
    promo_rate: float = Field(0.09, description="Share of product weeks on promotion outside seasons")
    promo_depths: tuple[float, ...] = (0.10, 0.20, 0.30)
    promo_season: float = Field(1.2, description="Log factor of the promotion rate at a season's peak")
    inflation: float = Field(0.025, description="Growth of costs and prices in a year")
    rival_spread: float = Field(0.08, description="Standard deviation of a competitor's log price index")
    rival_effect: float = Field(
        1.2, description="Log odds of buying at the rival for his log price advantage"
    )
    quality_price: float = Field(0.5, description="Correlation of quality and price within a category")
    cover_days: float = Field(6.0, description="Days of mean demand that a replenishment fills up to")
    safety: float = Field(1.5, description="Further cover, in standard deviations of demand")
    delivery_days: int = Field(2, description="Days from reorder to delivery")
    failure_rate: float = Field(0.05, description="Share of deliveries that come a week late")
    substitute_rate: float = Field(0.55, description="Buyers who take another product when theirs is out")
