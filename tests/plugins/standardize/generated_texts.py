"""Texts with known identifiers, from the templates in `free_texts/` and names that the code's tables do not come from."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from shopkeeper.standardize.identity_cards import check_digit

FOLDER = Path(__file__).with_name("free_texts")
STREETS = "The Avenue|Mill Lane|Victoria Road|Church Street|Oxford Road|Kings Drive|St Mary's Close|Queensway Court|Old Park Hill|Elm Grove"
TOWNS = "Manchester|Leeds|Stoke-on-Trent|Bath|Brighton|Newcastle upon Tyne|Cardiff|Glasgow|Little Hulton|Milton Keynes"
POSTCODES = (
    "M14 5PZ|LS6 2AB|ST1 5RD|BA1 2QH|BN1 4GH|NE1 7RU|CF10 3NP|G12 8QQ|SW1A 1AA|EC1V 9HX|B33 8TH|CR2 6XH"
)
PLACES = "浙江省杭州市西湖区|上海市浦东新区|北京市朝阳区|广东省深圳市南山区|四川成都武侯区|江苏省苏州市昆山市|湖北省武汉市洪山区|重庆市渝北区|河南省郑州市金水区|福建厦门思明区"
ROADS = "文三路|世纪大道|建国路|科技南一路|人民南路四段|前进中路|珞喻路|龙溪街道松石北路|花园路|湖滨东路"
ESTATES = "阳光花园|万科城|翠苑小区|幸福里|滨江公寓|紫金家园|绿地中心|金色港湾|||"
ESTATES_T = "中山路|和平東路|彌敦道|德輔道中|忠孝東路"
PLACES_T = "臺北市大安區|香港九龍|高雄市左營區|新北市板橋區"


@dataclass(frozen=True)
class Made:
    """A text, and its identifiers: placeholder and value."""

    text: str
    identifiers: list[tuple[str, str]]
    kept: list[str]


def read_lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("#")]


def make_texts(name: str, count: int, seed: int) -> list[Made]:
    """Return texts of a file's templates in turn."""
    names = "names_held_out" if name.startswith("held_out") else "names"
    templates, maker = read_lines(name), Maker(Random(seed), names)
    return [maker.fill(templates[number % len(templates)]) for number in range(count)]


class Maker:
    """Fills the placeholders of templates by chance."""

    def __init__(self, chance: Random, names: str) -> None:
        self.chance = chance
        with (FOLDER / f"{names}.csv").open(encoding="utf-8") as lines:
            self.names = {row["kind"]: row["names"] for row in csv.DictReader(lines)}

    def fill(self, template: str) -> Made:
        identifiers, pieces, kept = [], [], []
        for place, piece in enumerate(re.split(r"\{(\w+)\}", template)):
            if place % 2:
                value, is_identifier = self.write(piece)
                if is_identifier:
                    identifiers.append((piece, value))
                piece = value
            else:
                kept.append(piece)
            pieces.append(piece)
        return Made("".join(pieces), identifiers, kept)

    def write(self, placeholder: str) -> tuple[str, bool]:
        """Return a value, and whether it is a person's identifier."""
        clean: dict[str, Callable[[], str]] = {
            "order": lambda: self.pick(
                f"{self.digits(18)}|{self.digits(10)}|SO-{self.digits(8)}|2024{self.digits(11)}"
            ),
            "price": lambda: f"{self.chance.randrange(1, 2000)}.{self.chance.randrange(100):02d}",
            "date": lambda: self.pick("2024-05-12|12/05/2024|5月20日|2024年3月8日|3 March 2024|12.06.2023"),
            "size": lambda: self.pick("XL|38|42.5|M|170/92A|UK 8|10-12"),
            "sku": lambda: self.pick(
                f"SKU{self.digits(8)}|A{self.digits(6)}|HX-{self.digits(4)}-BLK|{self.digits(13)}"
            ),
            "tracking": lambda: self.pick(
                f"SF{self.digits(13)}|YT{self.digits(13)}|JD{self.digits(12)}|RM{self.digits(9)}GB"
            ),
            "voucher": lambda: f"SAVE{self.digits(4)}",
            "weight": lambda: f"{self.chance.randrange(1, 90)}.{self.chance.randrange(10)}",
            "batch": lambda: f"2024{self.digits(4)}{self.pick('A|B|C')}",
            "product_zh": lambda: self.pick(
                "保温杯|羊毛围巾|牛仔裤|扫地机器人|龙井茶|面霜|蓝牙耳机|儿童书包|白酒|石榴汁|纯棉床单|金丝绒连衣裙"
            ),
            "product_en": lambda: self.pick(
                "Linen Shirt|wool jumper|Chelsea boots|Rain Jacket|floral midi dress|Bluetooth speaker|Oak Side Table|jasmine tea"
            ),
        }
        if placeholder in clean:
            return clean[placeholder](), False
        return getattr(self, placeholder)(), True

    def pick(self, values: str) -> str:
        return self.chance.choice(values.split("|"))

    def digits(self, count: int) -> str:
        return str(self.chance.randrange(1, 10)) + "".join(
            str(self.chance.randrange(10)) for _ in range(count - 1)
        )

    def name(self, kind: str) -> str:
        return self.chance.choice(self.names[kind].split("|" if kind == "py" else None))

    def zh(self) -> str:
        return self.name("family_zh") + self.name("given_zh")

    zh_bare = zh

    def zh_t(self) -> str:
        return self.name("family_t") + self.name("given_t")

    def title_zh(self) -> str:
        given = self.chance.choice(["", self.name("given_zh")])
        return f"{self.name('family_zh')}{given}{self.pick('先生|女士|老师|经理|小姐')}"

    def en(self) -> str:
        middle = self.chance.choice(["", "", "", " J."])
        return f"{self.first()}{middle} {self.surname()}"

    en_bare = en

    def title_en(self) -> str:
        return self.surname()

    def first(self) -> str:
        return self.name("first")

    first_bare = first

    def surname(self) -> str:
        return self.name("surname")

    def py(self) -> str:
        return self.name("py")

    def mobile(self) -> str:
        return f"1{self.pick('38|39|50|86|77|99|31|52')}{self.chance.randrange(10**8):08d}"

    def mobile_spaced(self) -> str:
        number, gap = self.mobile(), self.pick(" |-")
        return gap.join((number[:3], number[3:7], number[7:]))

    def mobile_full(self) -> str:
        return self.pick("+86 |+86|0086-|86-") + self.mobile()

    def mobile_wide(self) -> str:
        return self.mobile().translate({48 + digit: 0xFF10 + digit for digit in range(10)})

    def landline(self) -> str:
        return f"{self.pick('0571-88|010-62|021-58|0755-26')}{self.digits(6)}{self.pick('||转801')}"

    def uk_mobile(self) -> str:
        number = f"07{self.pick('700 900|911 123|400 123|855 222')}{self.digits(3)}"
        return self.pick(f"{number}|{number.replace(' ', '')}")

    def uk_phone(self) -> str:
        return f"{self.pick('020 7946 0|0161 496 0|0113 496 0|(0131) 496 0')}{self.digits(3)}"

    def uk_phone_intl(self) -> str:
        return self.pick(
            f"+44 7911 123{self.digits(3)}|+44 (0)20 7946 0{self.digits(3)}|0044 161 496 0{self.digits(3)}"
        )

    def email(self) -> str:
        local = self.pick(f"emma.mason|li_wei{self.digits(3)}|{self.digits(9)}|o.brien+shop|xiaoming")
        return f"{local}@{self.pick('qq.com|163.com|gmail.com|outlook.co.uk|mail.example-shop.com')}"

    def wechat(self) -> str:
        return self.pick(
            f"wxid_{self.digits(8)}|lily{self.digits(4)}|tea-lover88|{self.mobile()}|Emma_M{self.digits(2)}"
        )

    def qq(self) -> str:
        return self.digits(self.chance.randrange(6, 11))

    def id_card(self) -> str:
        area, born = self.pick("330106|110105|440305"), self.pick("19850304|20011231|19790618")
        first = f"{area}{born}{self.digits(3)}"
        return first + check_digit(first)

    def ni(self) -> str:
        letters, number = self.pick("AB|JK|PW|SC"), self.digits(6)
        spaced = f"{letters} {number[:2]} {number[2:4]} {number[4:]} C"
        return self.pick(f"{spaced}|{letters}{number}C")

    def bank_card(self) -> str:
        first = self.pick("622202|621700|411111|545454") + self.digits(9)
        first += self.digits(3) if first.startswith("62") else ""
        total = sum(
            sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(first))
        )
        return first + str(-total % 10)

    def bank_card_spaced(self) -> str:
        return " ".join(re.findall(r"\d{1,4}", self.bank_card()))

    def postcode(self) -> str:
        return self.pick(POSTCODES)

    def address_en(self) -> str:
        number = self.chance.randrange(1, 300)
        house = self.pick(
            f"{number}|Flat {number % 40 + 1}, {number}|{number}b|Apartment {number % 9 + 1}, {number}"
        )
        return f"{house} {self.pick(STREETS)}, {self.pick(TOWNS)}{self.pick(' |, ')}{self.pick(POSTCODES)}"

    def address_zh(self) -> str:
        number, room = self.chance.randrange(1, 999), self.chance.randrange(101, 2999)
        end = self.pick(
            f"{number % 30 + 1}栋{room}室|{number % 30 + 1}号楼{number % 5 + 1}单元{room}|{number % 20 + 1}幢{room}"
        )
        return f"{self.pick(PLACES)}{self.pick(ROADS)}{number}号{self.pick(ESTATES)}{end}"

    def address_zh_t(self) -> str:
        number = self.chance.randrange(1, 999)
        return f"{self.pick(PLACES_T)}{self.pick(ESTATES_T)}{number}號{number % 20 + 1}樓"
