"""What the retailer is and sells, and what surrounds it."""

import pyarrow as pa

from shopkeeper.demo.omnichannel.tables.grammar import CODE, DAY, KEY, MONEY, SHARE, declare

cities = declare(
    "cities", "One city.", "city_id",
    ("city_id", pa.int16(), "The city"),
    ("market", CODE, "CN or GB"),
    ("name_key", CODE, "Key of its name in the content tables"),
    ("latitude", pa.float32(), "Degrees"),
    ("longitude", pa.float32(), "Degrees"),
    ("income_index", SHARE, "Income level; 1 is the market's mean"),
)  # fmt: skip

places = declare(
    "places", "One store or warehouse.", "place_id",
    ("place_id", pa.int16(), "The place"),
    ("kind", CODE, "store or warehouse"),
    ("market", CODE, "CN or GB"),
    ("city_id", pa.int16(), "Where it is"),
    ("opened_date", DAY, "First day"),
    ("catchment_persons", pa.int32(), "Inhabitants within reach"),
    ("rival_count", pa.int16(), "Competitors' stores within reach"),
)  # fmt: skip

products = declare(
    "products", "One product.", "product_id",
    ("product_id", pa.int32(), "The product"),
    ("category", CODE, "Category"),
    ("subcategory", CODE, "Nest within the category: its products replace each other most"),
    ("brand_id", pa.int16(), "Brand; 0 to 2 are the retailer's own"),
    ("name_key", KEY, "Randomness from which the name is drawn"),
    ("cost_cny", MONEY, "Cost of a unit in CNY at the start"),
    ("cost_gbp", MONEY, "Cost of a unit in GBP at the start"),
    ("list_cny", MONEY, "List price in CNY"),
    ("list_gbp", MONEY, "List price in GBP"),
    ("quality", SHARE, "Quality, 0 to 1"),
    ("status", SHARE, "Status, 0 to 1"),
    ("sustainable", SHARE, "Sustainability, 0 to 1"),
    ("healthy", SHARE, "Health, 0 to 1"),
    ("traditional", SHARE, "0 modern, 1 traditional"),
    ("spicy", SHARE, "0 mild, 1 spicy"),
    ("launched_date", DAY, "First day on sale"),
    ("withdrawn_date", DAY, "Last day on sale; null: still sold"),
    ("complement_of", pa.int32(), "Product with which it is bought together; null: none"),
)  # fmt: skip

prices = declare(
    "prices", "One product's price in a market on a day.", "date market product_id",
    ("date", DAY, "The day"),
    ("market", CODE, "CN or GB"),
    ("product_id", pa.int32(), "The product"),
    ("list_amount", MONEY, "List price of a unit"),
    ("price_amount", MONEY, "Price charged, after a promotion and before coupons"),
    ("cost_amount", MONEY, "Cost of a unit"),
    ("is_promo", pa.bool_(), "A promotion runs"),
)  # fmt: skip

competitor_prices = declare(
    "competitor_prices", "A competitor's price of a comparable product, as a survey saw it.",
    "date market product_id competitor",
    ("date", DAY, "Day of the survey (weekly)"),
    ("market", CODE, "CN or GB"),
    ("product_id", pa.int32(), "Our comparable product"),
    ("competitor", CODE, "Name of the competitor"),
    ("price_amount", MONEY, "His price"),
)  # fmt: skip

stock = declare(
    "stock", "One product in one place on a day; opening + received + returned - sold = closing.",
    "date place_id product_id",
    ("date", DAY, "The day"),
    ("place_id", pa.int16(), "The place"),
    ("product_id", pa.int32(), "The product"),
    ("opening_units", pa.int32(), "In the morning"),
    ("received_units", pa.int32(), "Delivered before opening"),
    ("returned_units", pa.int32(), "Brought back by customers and fit for sale"),
    ("sold_units", pa.int32(), "Sold"),
    ("closing_units", pa.int32(), "In the evening"),
    ("lost_units", pa.int32(), "Asked for in vain (truth)"),
)  # fmt: skip

weather = declare(
    "weather", "One city's weather on a day.", "date city_id",
    ("date", DAY, "The day"),
    ("city_id", pa.int16(), "The city"),
    ("low_celsius", pa.float32(), "Lowest temperature"),
    ("high_celsius", pa.float32(), "Highest temperature"),
    ("rain_mm", pa.float32(), "Rain"),
)  # fmt: skip

holidays = declare(
    "holidays", "One public holiday or shopping day.", "date market name_key",
    ("date", DAY, "The day"),
    ("market", CODE, "CN or GB"),
    ("name_key", CODE, "Key of its name"),
    ("is_day_off", pa.bool_(), "Offices are closed"),
)  # fmt: skip

market_reports = declare(
    "market_reports", "What a market report says of a category in a month.", "month market category",
    ("month", DAY, "First day of the month"),
    ("market", CODE, "CN or GB"),
    ("category", CODE, "Category"),
    ("market_amount", MONEY, "Sales of all retailers"),
    ("online_rate", SHARE, "Share sold online"),
    ("growth_rate", SHARE, "Against a year ago"),
)  # fmt: skip
