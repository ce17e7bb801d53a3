"""What people say."""

import pyarrow as pa

from shopkeeper.demo.omnichannel.tables.grammar import CODE, ID, INSTANT, KEY, PERSON, SHARE, declare

ASPECTS = ("price", "quality", "delivery", "service", "fit", "packaging", "range")

texts = declare(
    "texts", "One text: what it feels about what is planted, its words are drawn from templates.", "text_id",
    ("text_id", ID, "The text"),
    ("kind", CODE, "review, comment, ticket, call or survey"),
    ("person_id", PERSON, "Who wrote it (truth)"),
    ("account_id", ID, "Account under which it was written; null: none"),
    ("written_at", INSTANT, "When"),
    ("language", CODE, "zh-Hans, zh-Hant or en"),
    ("product_id", pa.int32(), "What it is about; null: the retailer"),
    ("order_id", ID, "The order; null: none"),
    ("receipt_id", ID, "The receipt; null: none"),
    ("reference_id", ID, "The ticket or survey it belongs to; null: none"),
    ("rating", pa.int8(), "Stars of a review, 1 to 5; null: none"),
    ("sentiment", SHARE, "Planted sentiment, -1 to 1"),
    ("aspects", pa.list_(CODE), "Planted aspects, the loudest first"),
    ("aspect_sentiments", pa.list_(SHARE), "Sentiment of each of them, -1 to 1"),
    ("template_key", KEY, "Randomness from which template and words are drawn"),
    ("has_contact", pa.bool_(), "The writer's own name, phone or e-mail stands in the text"),
    ("is_spam", pa.bool_(), "Written by a bot to sell something else"),
)  # fmt: skip

reactions = declare(
    "reactions", "Likes and shares of a social comment up to an hour.", "text_id counted_at",
    ("text_id", ID, "The comment"),
    ("counted_at", INSTANT, "When counted"),
    ("like_count", pa.int32(), "Likes since the comment"),
    ("share_count", pa.int32(), "Shares since the comment"),
)  # fmt: skip

surveys = declare(
    "surveys", "One survey sent.", "survey_id",
    ("survey_id", ID, "The survey"),
    ("kind", CODE, "nps (0 to 10) or satisfaction (1 to 5)"),
    ("person_id", PERSON, "To whom (truth)"),
    ("account_id", ID, "CRM account; null: asked at the till"),
    ("order_id", ID, "The order; null: none"),
    ("receipt_id", ID, "The receipt; null: none"),
    ("sent_at", INSTANT, "When"),
    ("answered_at", INSTANT, "When; null: no answer"),
    ("score", pa.int8(), "The answer; null: none"),
    ("felt_satisfaction", SHARE, "What the person would have said, answered or not, 0 to 1 (truth)"),
)  # fmt: skip

tickets = declare(
    "tickets", "One service ticket or call.", "ticket_id",
    ("ticket_id", ID, "The ticket"),
    ("person_id", PERSON, "Who (truth)"),
    ("account_id", ID, "CRM account; null: not found"),
    ("channel", CODE, "call, chat or email"),
    ("reason", CODE, "delivery, refund, quality, stock, points or account"),
    ("order_id", ID, "The order; null: none"),
    ("receipt_id", ID, "The receipt; null: none"),
    ("opened_at", INSTANT, "When"),
    ("closed_at", INSTANT, "When; planned when opened"),
    ("is_solved", pa.bool_(), "To the person's satisfaction"),
    ("phone_key", KEY, "Phone that called; null: chat or e-mail"),
)  # fmt: skip
