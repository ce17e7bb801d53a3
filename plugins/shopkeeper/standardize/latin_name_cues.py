"""What surrounds a name of a person in Latin letters: titles, labels, greetings, closings.

Whether words are a name is for `latin_names_in_text` to say.
"""

import re

from shopkeeper.standardize.latin_names import LATIN

WORD = rf"[{LATIN}](?:[{LATIN}'\u2019-]*[{LATIN}])?"
PARTICLE = r"(?:van der|van den|van|von|de la|de|del|di|da|dos|du|la|le|bin|binti|al|el|ibn|st\.?)"
CAPITAL = (
    rf"(?:(?:[A-Z]\.\s?){{1,2}}|(?:O|D|Mc|Mac)['\u2019]?[A-Z\u00c0-\u00de][{LATIN}'\u2019-]*|"
    rf"[A-Z\u00c0-\u00de][{LATIN}]*(?:['\u2019-][{LATIN}]+)*)"
)
CAPITALS = re.compile(
    rf"(?<![{LATIN}0-9_@#&./-])({CAPITAL}(?:\s(?:{PARTICLE}\s)?{CAPITAL}|\s(?=[A-Z]\.))*)(?![0-9_@{LATIN}])"
)
ONE = re.compile(rf"{WORD}\.?")
TITLE = re.compile(
    rf"(?<![{LATIN}0-9])(?:Mrs?|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|MR|MRS|MS|MISS|DR|"
    rf"mrs?|ms|dr)\.?\s(?=(?P<name>{WORD}(?:[ .]{{1,2}}{WORD}){{0,3}}))"
)
STRONG = re.compile(
    r"(?:\bname(?:d| here|s)?(?: on (?:it|the (?:order|account|card)))?(?: is|'s|\u2019s|"
    r" was|:| -)|\bunder the names?(?: of)?|\b(?:booked|ordered|registered|reserved|placed|"
    r"filed) under|\bit'?s under|\bit is under"
    r"|\b(?:account holder|card ?holder|recipient|receiver|consignee|addressee|attn|attention|"
    r"f\.?a\.?o|for the attention of|customer name|full name|name|contact(?: person| name)?|"
    r"signed by|signed for by|sender|buyer|customer|client|caller|payee)\s?[:\-]?(?: is)?"
    r"|\bi am called|\bcall me|\bask(?:ed)? for|\bspeak(?:ing)? (?:to|with)|\bc/o|(?:姓名|"
    r"名字|英文名|拼音|收件人|收货人|联系人|户名|我叫|本人|名叫|叫做)(?:是|叫|为|写|:)?)[\s:]{0,2}$",
    re.IGNORECASE | re.ASCII,
)
WEAK = re.compile(
    r"(?:\bi am|\bi'?m|\bi\u2019m|\bthis is|\bit'?s|\bdear|\bhi|\bhiya|\bhello|\bhey|"
    r"\bmorning|\bafternoon|\bthanks?|\bthank you|\bcheers|\bregards|\bwishes|\bsincerely|"
    r"\bfaithfully|\btruly|\blove|\bxx?|\bfrom|\bby|\bto|\bwith|\bmet|\band|\bfor|寄给|"
    r"叫|我是|帮|给|和|跟|找|客服|店员|同事|朋友|感谢|谢谢"
    r"|\b(?:manager|assistant|adviser|advisor|agent|courier|driver|neighbou?r|colleague|"
    r"friend|husband|wife|partner|daughter|son|mum|dad|sister|brother|lady|guy|girl|rep|"
    r"representative|team ?mate|supervisor|stylist|cashier))(?:(?<=[\u4e00-\u9fff])|[,!\s:]{1,3})$",
    re.IGNORECASE | re.ASCII,
)
SIGN_OFF = re.compile(
    r"(?:\b(?:thanks?|thank you|thx|cheers|regards|wishes|sincerely|faithfully|truly|"
    r"love)\b[^.\n]{0,25}[,!.\n\s-]{1,3}|[\n]\s*|\s-{1,2}\s?)$",
    re.IGNORECASE | re.ASCII,
)
TOLD = re.compile(
    r"\b(?:(?:gave|give|handed|sold|sent|lent) (?:it|them|this|one)?(?: over)? ?to|told|"
    r"met|asked|emailed|called|saw|spoke(?:n)? (?:to|with)|(?:served|helped|signed|advised) by|"
    r"thank(?:s to)?)\s$",
    re.IGNORECASE | re.ASCII,
)
HERE = re.compile(r"\s(?:here|speaking)\b", re.IGNORECASE | re.ASCII)
DETERMINER = re.compile(
    r"\b(?:the|a|an|this|these|that|your|our|my|new|in|of|size)\s$", re.IGNORECASE | re.ASCII
)
SENTENCE = re.compile(r"(?:^|[.!?\n,;:(\0\u4e00-\u9fff]\s*)$")
