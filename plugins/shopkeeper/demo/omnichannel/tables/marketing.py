"""What the retailer does to be bought from."""

import pyarrow as pa

from shopkeeper.demo.omnichannel.tables.grammar import (
    CODE,
    DAY,
    ID,
    INSTANT,
    KEY,
    MONEY,
    PERSON,
    SHARE,
    declare,
)

campaigns = declare(
    "campaigns", "One campaign of messages.", "campaign_id",
    ("campaign_id", pa.int32(), "The campaign"),
    ("market", CODE, "CN or GB"),
    ("channel", CODE, "email, message (SMS in GB, WeChat in CN) or push"),
    ("purpose", CODE, "news, promotion, win_back, launch or personal"),
    ("category", CODE, "What it is about; null: everything"),
    ("offer_id", pa.int32(), "Offer it carries; null: none"),
    ("starts_date", DAY, "First day"),
    ("ends_date", DAY, "Last day"),
    ("holdout_rate", SHARE, "Share of the audience left out at random"),
)  # fmt: skip

sends = declare(
    "sends", "One message to one person.", "send_id",
    ("send_id", ID, "The message"),
    ("campaign_id", pa.int32(), "The campaign"),
    ("person_id", PERSON, "To whom (truth)"),
    ("account_id", ID, "CRM account it was addressed to"),
    ("sent_at", INSTANT, "When"),
    ("opened_at", INSTANT, "When it was opened; null: not"),
    ("clicked_at", INSTANT, "When a link was followed; null: not"),
    ("outcome", CODE, "delivered, bounced or unsubscribed"),
)  # fmt: skip

impressions = declare(
    "impressions", "One person who saw an ad of a channel on a day.", "person_id date channel",
    ("date", DAY, "The day"),
    ("person_id", PERSON, "Who (truth)"),
    ("anonymous_id", KEY, "Cookie or installation the ad server saw"),
    ("market", CODE, "CN or GB"),
    ("channel", CODE, "search, social, display or video"),
    ("first_at", INSTANT, "First impression of the day"),
    ("view_count", pa.int16(), "Impressions"),
    ("click_count", pa.int16(), "Clicks"),
)  # fmt: skip

spend = declare(
    "spend", "What a channel cost on a day.", "date market channel",
    ("date", DAY, "The day"),
    ("market", CODE, "CN or GB"),
    ("channel", CODE, "search, social, display, video, email, message or push"),
    ("spend_amount", MONEY, "Cost, in the market's currency"),
    ("impression_count", pa.int32(), "Impressions or messages"),
    ("click_count", pa.int32(), "Clicks"),
)  # fmt: skip

offers = declare(
    "offers", "One offer.", "offer_id",
    ("offer_id", pa.int32(), "The offer"),
    ("market", CODE, "CN or GB"),
    ("kind", CODE, "rate_off or amount_off"),
    ("discount_rate", SHARE, "Taken off; 0 for amount_off"),
    ("discount_amount", MONEY, "Taken off; 0 for rate_off"),
    ("minimum_amount", MONEY, "Least goods amount"),
    ("category", CODE, "Only this category; null: everything"),
    ("starts_date", DAY, "First day"),
    ("ends_date", DAY, "Last day"),
)  # fmt: skip

coupons = declare(
    "coupons", "One coupon given to one person.", "coupon_id",
    ("coupon_id", ID, "The coupon"),
    ("offer_id", pa.int32(), "The offer"),
    ("campaign_id", pa.int32(), "Campaign that gave it"),
    ("person_id", PERSON, "To whom (truth)"),
    ("account_id", ID, "CRM account it was given to"),
    ("issued_at", INSTANT, "When"),
)  # fmt: skip

loyalty_entries = declare(
    "loyalty_entries", "One entry of the points ledger.", "entry_id",
    ("entry_id", ID, "The entry"),
    ("account_id", ID, "Loyalty account"),
    ("person_id", PERSON, "Whose (truth)"),
    ("kind", CODE, "earned, burned, expired or reversed"),
    ("points", pa.int32(), "Points; burned, expired and reversed are negative"),
    ("order_id", ID, "The order; null: none"),
    ("receipt_id", ID, "The receipt; null: none"),
    ("entered_at", INSTANT, "When"),
)  # fmt: skip

loyalty_tiers = declare(
    "loyalty_tiers", "One tier that a member takes.", "account_id from_date",
    ("account_id", ID, "Loyalty account"),
    ("person_id", PERSON, "Whose (truth)"),
    ("tier", CODE, "bronze, silver or gold"),
    ("from_date", DAY, "First day"),
)  # fmt: skip

experiment_assignments = declare(
    "experiment_assignments", "One person's arm in one experiment.", "experiment_id person_id",
    ("experiment_id", pa.int32(), "The experiment"),
    ("person_id", PERSON, "Who (truth)"),
    ("account_id", ID, "CRM account"),
    ("arm", CODE, "control or treatment"),
    ("assigned_at", INSTANT, "When"),
)  # fmt: skip

consents = declare(
    "consents", "One consent given or withdrawn.", "account_id purpose stated_at",
    ("account_id", ID, "CRM account"),
    ("person_id", PERSON, "Whose (truth)"),
    ("purpose", CODE, "email, message, push or profiling"),
    ("is_given", pa.bool_(), "Given, or withdrawn"),
    ("stated_at", INSTANT, "When"),
)  # fmt: skip
