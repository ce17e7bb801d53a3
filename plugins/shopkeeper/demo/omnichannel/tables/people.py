"""Who lives in the world, and by what they can be known."""

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

MOTIVES = ("price", "quality", "status", "convenience")
VALUES = ("sustainability", "brand", "health")
PAINS = ("slow_delivery", "high_price", "out_of_stock", "poor_service", "poor_quality")
INTERESTS = (
    "cooking", "fitness", "fashion", "beauty", "parenting", "gaming",
    "travel", "gardening", "reading", "pets", "technology", "festivals",
)  # fmt: skip

persons = declare(
    "persons", "One person, with every trait that drives behaviour; only the truth knows it.", "person_id",
    ("person_id", PERSON, "The person, from 0"),
    ("household_id", PERSON, "Who lives together"),
    ("kind", CODE, "customer, staff, reseller or tester"),
    ("market", CODE, "CN or GB"),
    ("city_id", pa.int16(), "Where the person lives at the start"),
    ("birth_date", DAY, "Date of birth"),
    ("sex", CODE, "female or male"),
    ("occupation", CODE, "Occupation group"),
    ("income_amount", MONEY, "Income of a year, in the market's currency"),
    ("life_stage", CODE, "single, couple, young_family, family or older"),
    ("lifestyle_group", CODE, "Planted lifestyle group"),
    ("arrived_date", DAY, "First day as a customer; may lie before the start, null: never came"),
    ("name_key", KEY, "Randomness from which the name is drawn"),
    ("twin_of", PERSON, "Person of the same household, birth date and surname; null: no twin"),
    *((f"motive_{name}", SHARE, f"Weight of {name} as a motive; the four sum to 1") for name in MOTIVES),
    *((f"value_{name}", SHARE, f"Attitude to {name}, 0 to 1") for name in VALUES),
    *((f"pain_{name}", SHARE, f"How much {name} hurts, 0 to 1") for name in PAINS),
    *((f"interest_{name}", SHARE, f"Interest in {name}, 0 to 1") for name in INTERESTS),
    ("taste_tradition", SHARE, "Cultural taste: 0 modern, 1 traditional"),
    ("taste_spicy", SHARE, "Regional taste: 0 mild, 1 spicy"),
    ("price_sensitivity", SHARE, "Utility lost per unit of log price; higher leaves earlier"),
    ("digital_affinity", SHARE, "0 only stores, 1 only screens"),
)  # fmt: skip

contacts = declare(
    "contacts", "One phone, e-mail or address from the day on which a person has it.",
    "person_id kind valid_from",
    ("person_id", PERSON, "Whose it is"),
    ("kind", CODE, "phone, email or address"),
    ("value_key", KEY, "The same key is the same value: shared when two persons carry it"),
    ("city_id", pa.int16(), "City of an address or of a phone's area"),
    ("valid_from", DAY, "First day; it ends when the person's next one of the kind begins"),
)  # fmt: skip

accounts = declare(
    "accounts", "One record that one system keeps for a person, until account_deletions ends it.",
    "account_id",
    ("account_id", ID, "The record, unique in all systems"),
    ("person_id", PERSON, "Whose record it is (truth)"),
    ("system", CODE, "crm, loyalty, web_shop, app, mini_program or social"),
    ("opened_at", INSTANT, "When it was opened"),
    ("phone_key", KEY, "Phone given, a value_key of contacts; null: none"),
    ("email_key", KEY, "E-mail given, a value_key of contacts; null: none"),
    ("address_key", KEY, "Address given, a value_key of contacts; null: none"),
    ("is_second", pa.bool_(), "A further record of a person whom the system had already"),
    ("referrer_account_id", ID, "Record that the systems linked at opening, app to web; null: none"),
)  # fmt: skip

account_changes = declare(
    "account_changes", "One change that a person told a system: moved, new phone.",
    "account_id changed_at",
    ("account_id", ID, "The record"),
    ("person_id", PERSON, "Whose record it is (truth)"),
    ("changed_at", INSTANT, "When it was told"),
    ("kind", CODE, "phone or address"),
    ("value_key", KEY, "The new value"),
    ("city_id", pa.int16(), "City of the new value"),
)  # fmt: skip

account_deletions = declare(
    "account_deletions", "One record that a person has had deleted.", "account_id",
    ("account_id", ID, "The record"),
    ("person_id", PERSON, "Whose record it was (truth)"),
    ("deleted_at", INSTANT, "When it was deleted"),
)  # fmt: skip

devices = declare(
    "devices", "One device that a person uses.", "device_id person_id",
    ("device_id", ID, "The device"),
    ("person_id", PERSON, "Who uses it"),
    ("kind", CODE, "phone, tablet or computer"),
    ("is_shared", pa.bool_(), "Used by more than one person of the household"),
)  # fmt: skip

lives = declare(
    "lives", "One turn in a person's life as a customer.", "person_id date kind",
    ("person_id", PERSON, "The person"),
    ("date", DAY, "When it happened"),
    ("kind", CODE, "arrived, lapsed, returned, moved, changed_phone, had_child, left_household"),
    ("cause", CODE, "What moved it: novelty, dissatisfaction, competitor, life, win_back"),
)  # fmt: skip
