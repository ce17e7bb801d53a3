"""What is sold: categories and products."""

from pathlib import Path

import yaml
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
    breadth: float = Field(description="Mean products of it in a basket that holds it")
    units: float = Field(description="Mean units of a line")
    impulse: float = Field(description="Chance that a buyer adds it without need")
    online: float = Field(description="Log odds of buying it on a screen, against the mean category")
    price_slope: float = Field(description="Multiplies a person's price sensitivity")
    return_rate: float = Field(description="Share of lines bought on a screen that come back")
    peaks: dict[str, float] = Field(description="Season → log factor of need at its peak")
    drivers: dict[str, float] = Field(description="Trait → log factor of need for one unit of the trait")


def _shipped() -> dict[str, Category]:
    text = (Path(__file__).parent / "categories.yml").read_text(encoding="utf-8")
    return {name: Category(**told) for name, told in yaml.safe_load(text).items()}


class Assortment(Group):
    """The products."""

    categories: dict[str, Category] = Field(default_factory=_shipped, description="Category → its parameters")
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
    promo_depths: tuple[float, ...] = Field((0.10, 0.20, 0.30), description="Depths of promotions")
    promo_season: float = Field(1.2, description="Log factor of the promotion rate at a season's peak")
    inflation: float = Field(0.025, description="Growth of costs and prices in a year")
    rival_spread: float = Field(0.08, description="Standard deviation of a competitor's log price index")
    rival_effect: float = Field(
        1.2, description="Log odds of buying at the rival for his log price advantage"
    )
    quality_price: float = Field(0.5, description="Correlation of quality and price within a category")
    cover_days: float = Field(9.0, description="Days of mean demand that a replenishment fills up to")
    safety: float = Field(1.5, description="Further cover, in standard deviations of demand")
    delivery_days: int = Field(2, description="Days from reorder to delivery")
    failure_rate: float = Field(0.05, description="Share of deliveries that come a week late")
    substitute_rate: float = Field(0.55, description="Buyers who take another product when theirs is out")
