"""Finds names of persons in Chinese letters in free text, by how likely their characters are in a name.

`rjieba` says where words are; a surname, one or two characters of given names and what stands around them are
weighed in bits, as `name_characters.csv` has them.
"""

import re
from collections.abc import Iterator
from functools import cache

from shopkeeper.standardize.divisions import names_that_begin
from shopkeeper.standardize.spans import COVER, Span
from shopkeeper.standardize.tables import name_characters, surnames, words

_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff]+")
_DOTTED = re.compile(
    "(?<![\u4e00-\u9fff·])[\u4e00-\u9fff]{2,6}(?:[·•‧][\u4e00-\u9fff]{1,8}){1,3}|(?:(?<=我叫)|(?<=姓名)|(?<=件人)|(?<=:))[\u4e00-\u9fff]{2,6}·[\u4e00-\u9fff]{1,8}"
)
_TITLES = "先生|女士|小姐|太太|夫人|老师|经理|医生|师傅|同学|阿姨|教授|律师|老板|店长|主管|大哥|大姐|叔叔|大叔|大爷|大妈|妹妹|奶奶|爷爷|总监|主任|护士|警官"
_NICKNAME = re.compile(
    "(?:客服|店员|导购员?|快递员|营业员|销售员?|骑手|店长|助理|主播|找|叫|联系)[小老阿]([\u4e00-\u9fff])(?![\u4e00-\u9fff]?[米红书白])"
)
_TITLE = re.compile(f"(?:{_TITLES})")
_SHORT_TITLE = re.compile("[哥姐总姨叔]")
_FORM = re.compile(
    r"(?:(?:姓名|名字)(?:应该)?(?:[是为叫写填]|是叫|:)|收件人|收货人|收货人姓名|联系人|签收人|户名|持卡人|收款人|寄件人|下单人|购买人|姓名为|真实姓名|客户姓名)(?:[是为叫写填]|是叫|应该是)?\s?:?\s?$"
)
_BEGINS = re.compile(
    r"(?:[件货系收户卡款]人|我叫|名叫|叫做|姓名|户名|客服|店长|店员|导购|客户|顾客)[是为叫:]?\s?"
)
_RECEIVES = re.compile(r"\(?(?:亲?收|亲启|启)\)?(?![\u4e00-\u9fff])")
_LABEL = re.compile("姓名|名字|人|户名")
_NAMED = re.compile(r"(?:我叫|名叫|叫做|名字叫|本人|开户人|持有人|寄给)\s?[:,]?\s?$")
_CUE = re.compile(
    r"(?:我叫|名叫|叫做|名字叫|我是|我就是|本人|我姓名|姓名|收件人|收货人|联系人|签收人|户名|持卡人|收款人|寄件人|寄给|送给|交给|转交|转告|转给|告诉|通知|联系|找|感谢|谢谢|多谢|客户|顾客|会员|买家|客服|店长|店员|导购员?|经理|营业员|销售员?|收银员?"
    r"|快递员|配送员|骑手|师傅|主播|接待员|服务员|业务员|专员|顾问|同事|朋友|闺蜜|老公|老婆|老师|同学|邻居|儿子|女儿|工号|署名|落款|叫|听|陪|约|夸|投诉|表扬|点名|请|跟|由|被|问|给|帮|替|让|和|与)(?:员|名字|姓名)?(?:[是为叫写]|的)?\s?[:,]?\s?$"
)
_WEAK_CUE = re.compile("(?:[和与跟给帮替让请问是叫找对比像有写用连的说为被由])$")
_AFTER = re.compile(
    r"(?:说|讲|收|签收|代收|帮|接|答应|告诉|要求|来电|来信|反映|推荐|态度|服务|处理|解释|回复|承诺|保证|女士|先生|一起|买|同学|本人|您好|你好|敬上|上$|留$|拜托|的(?:电话|手机|订单|包裹|快递|名字|账号|地址)|你)"
)
_SURE, _LIKELY, _POSSIBLE = -1.0, 2.0, 6.5
"""The bits that a candidate needs after a form's label, after a cue or title, and anywhere."""
_BRANDS = tuple(words()["free_text"]["chinese_brands"].split())
_NO_SURNAMES = frozenset(words()["free_text"]["no_surnames"].split())
_NO_NAMES = frozenset(words()["free_text"]["no_names"].split())
_RARE = (-6.0, 0.5)
_NOT_GIVEN = frozenset("收的说您你我他她们是在了和给要请吗吧呢也都不就很这那有没还会能与跟让寄")
_PLACE_AFTER = re.compile(
    r"(?:大?酒店|宾馆|饭店|山庄|体育|风景|公司|集团|机场|车站|大学|中学|小学|医院|超市|广场|大厦|时代|款|牌|杯|奖|剧场|书店|专柜|旗舰|官方|品牌|家纺|[路街镇区市县村省州岛江河湖山水周屏店站楼寺桥庙])"
)
_PLACE_AT_END = frozenset("庄洲滩镇村屯寺庙桥路店屏周县省岛杯水市风卡")
_NAME_TAGS = ("nr", "nrt", "nrfg")


def find_chinese_names(text: str) -> Iterator[Span]:
    """Yield the names in folded text; they may overlap."""
    for found in _NICKNAME.finditer(text):
        if found[1] in surnames() and surnames()[found[1]].is_common:
            yield found.start(1) - 1, found.end(), "name"
    for found in _DOTTED.finditer(text):
        yield found.start(), found.end(), "name"
    if not _HAN.search(text):
        return
    tokens = _tokens(text)
    starts = {start: place for place, (start, _, _) in enumerate(tokens)}
    ends = {end for _, end, _ in tokens}
    taken, has_form = 0, _LABEL.search(text) is not None
    first_letters = _first_letters()
    for start, _, _ in tokens:
        if start < taken or not (text[start] in first_letters or has_form):
            continue
        best = _best(text, start, starts, ends, tokens)
        if best:
            yield start, best, "name"
            taken = best


def _tokens(text: str) -> list[tuple[int, int, str]]:
    import rjieba

    tokens, at = [], 0
    begins = [found.end() for found in _BEGINS.finditer(text)]
    for word, tag in rjieba.tag(text, hmm=False):
        end = at + len(word)
        for cut in begins:
            if at < cut < end:  # 开户人武… has the word 人武, but a name begins inside it.
                tokens.append((at, cut, tag))
                at = cut
        tokens.append((at, end, tag))
        at = end
    return tokens


def _best(
    text: str, start: int, starts: dict[int, int], ends: set[int], tokens: list[tuple[int, int, str]]
) -> int | None:
    """Return where the likeliest name that begins at `start` ends, if one is likely enough."""
    family = _family(text, start)
    before = text[max(0, start - 12) : start]
    is_form = _FORM.search(before) is not None
    if family is None:
        return _unknown_family(text, start) if is_form else None
    heads = name_characters()
    head = heads[family][0] if family in heads else 7.0
    after_family = start + len(family)
    if text.startswith(_BRANDS, start) or (
        not is_form and text.startswith(_places(text[start : start + 2]), start)
    ):
        return None
    if found := _titled(text, start, after_family, family, head, starts, tokens):
        return found
    if family in _NO_SURNAMES and not is_form and not _NAMED.search(before):
        return None
    is_named = _NAMED.search(before) is not None
    is_cue = is_form or is_named or _CUE.search(before) is not None
    is_edge = start == 0 or not "\u4e00" <= text[start - 1] <= "\u9fff"
    in_latin = is_edge and _is_latin(text[max(0, start - 2) : start])
    best: tuple[float, int] | None = None
    for length in (1, 2):
        end = after_family + length
        given = text[after_family:end]
        if len(given) < length or not all(
            "\u4e00" <= each <= "\u9fff" and each not in _NOT_GIVEN for each in given
        ):
            break
        score = _score(text, start, end, head, given, ends, starts, tokens, is_edge)
        if length == 1:
            score -= 1.5 if not is_cue else 0
        is_named = is_named or (is_edge and _RECEIVES.match(text, end) is not None)
        is_alone = end == len(text) or not "\u4e00" <= text[end] <= "\u9fff"
        is_cue = is_cue or (is_alone and in_latin and _is_latin(text[end : end + 2]))
        bar = _SURE if is_form or is_named else _LIKELY if is_cue else _POSSIBLE
        if score >= bar and text[start:end] not in _NO_NAMES and (best is None or score > best[0] - 0.5):
            best = score, end
    return best[1] if best else None


def _score(
    text: str,
    start: int,
    end: int,
    head: float,
    given: str,
    ends: set[int],
    starts: dict[int, int],
    tokens: list[tuple[int, int, str]],
    is_edge: bool,
) -> float:
    """Return how likely a name is, in bits, by its characters, its words and its neighbours."""
    table = name_characters()
    score = head + sum(max(table.get(each, _RARE)[1], -6.0) for each in given)
    place = starts[start]
    covered = []
    while place < len(tokens) and tokens[place][0] < end:
        covered.append(tokens[place])
        place += 1
    if end not in ends:
        score -= 7.0 if tokens[place - 1][2] not in _NAME_TAGS else 2.0
    for first, last, tag in covered:
        if last - first > 1 and tag not in _NAME_TAGS:
            inside = first > start and last - first == 2
            if inside or (first == start and last == end and end - start == 3):
                score -= 1.5
            else:
                score -= 3.0 if first == start and last < end else 6.0
    if (
        len(covered) == 1
        and covered[0][2] in _NAME_TAGS
        and covered[0][1] == end
        and surnames()[text[start : end - len(given)]].is_common
    ):
        score += 4.0 if end - start > 2 else 1.0
    if _PLACE_AFTER.match(text, end):
        score -= 5.0
    if given[-1] in _PLACE_AT_END:
        score -= 4.0
    if not surnames()[text[start : end - len(given)]].is_common:
        score -= 2.0
    ends_clause = end == len(text) or not "\u4e00" <= text[end] <= "\u9fff"
    if ends_clause:
        score += 1.0 + (1.5 if is_edge else 0)
        if is_edge and (COVER in text[max(0, start - 3) : start] or COVER in text[end : end + 3]):
            score += 4.0
        if (
            is_edge
            and _is_latin(text[max(0, start - 2) : start])
            or is_edge
            and _is_latin(text[end : end + 2])
        ):
            score += 2.0
    elif _AFTER.match(text, end):
        score += 3.0 if is_edge else 1.5
    if _WEAK_CUE.search(text, max(0, start - 1), start):
        score += 0.7
    return score


@cache
def _first_letters() -> frozenset[str]:
    return frozenset(surname[0] for surname in surnames())


@cache
def _places(first: str) -> tuple[str, ...]:
    """Return the names of divisions that begin with two letters, the short ones of cities too."""
    return tuple(name for name in names_that_begin(first) if len(name) > 2)


def _titled(
    text: str,
    start: int,
    after: int,
    family: str,
    head: float,
    starts: dict[int, int],
    tokens: list[tuple[int, int, str]],
) -> int | None:
    """Return where a name ends that a title follows: a surname alone, or with a given name."""
    for end in (after, after + 1, after + 2):
        if not _TITLE.match(text, end):
            continue
        given = text[after:end]
        if not all("\u4e00" <= each <= "\u9fff" for each in given):
            return None
        if not given:
            is_word = tokens[starts[start]][1] > after and not _TITLE.match(text, after)
            return None if is_word or family in _NO_SURNAMES else after
        score = head + sum(name_characters().get(each, _RARE)[1] for each in given)
        return (
            end if score > 2.0 and text[start:end] not in _NO_NAMES and family not in _NO_SURNAMES else None
        )
    if _SHORT_TITLE.match(text, after) and surnames()[family].is_common and family not in _NO_SURNAMES:
        is_alone = tokens[starts[start]][1] in (after, after + 1)
        return after if is_alone and head > 2.5 else None
    return None


def _family(text: str, start: int) -> str | None:
    for length in (2, 1):
        if text[start : start + length] in surnames() and len(text) >= start + length:
            return text[start : start + length]
    return None


def _unknown_family(text: str, start: int) -> int | None:
    found = _HAN.match(text, start)
    return found.end() if found and 2 <= len(found[0]) <= 4 else None


def _is_latin(text: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in text)
