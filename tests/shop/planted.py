"""Made-up persons with identifiers that occur nowhere else, and the files of the omnichannel retailer that name them.

Each has five identifiers: a name, a phone, an e-mail and an address in columns for them, and a second phone that only
free texts tell. The last eight digits of a phone are no date's, so that a moment of today is no hit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from tests.shop.batches import Row

FIRST = "Olivia Amelia Isla Freya Harriet Matilda Beatrice Charlotte Edward Arthur Reuben Frederick Theodore Benedict Rupert Gideon"
LAST = "Thornbury Ashdown Quarmby Wetherall Okehurst Penhallow Brackenridge Lytchett Stanwick Hollingbery Marchbanks Eastaugh"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "晓慧嘉怡雨桐子涵欣妍梓萱浩然宇轩俊杰思远博文泽楷明哲睿渊弘毅"
NOON = "2025-01-{day:02d} 12:00:00"
DAY_ONE, DAY_TWO = 2, 3


@dataclass(frozen=True)
class Person:
    """One person; `number` names him in every system."""

    number: int
    is_chinese: bool
    name: str
    phone: str
    spoken: str
    email: str
    address: str

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What tells who he is."""
        return self.name, self.phone, self.spoken, self.email, self.address

    @property
    def remark(self) -> str:
        """A free text with identifiers of his."""
        if self.is_chinese:
            return f"我叫{self.name}，电话{self.spoken}，邮箱 {self.email}"
        return f"Please call me on {self.spoken} or write to {self.email}.\nRegards, {self.name}"


@dataclass(frozen=True)
class Persons:
    """So many planted identifiers, five a person."""

    count: int

    @cached_property
    def all(self) -> tuple[Person, ...]:
        """Every person, always the same ones."""
        chance, names = Random(11), set[str]()
        return tuple(_person(number, chance, names) for number in range(self.count // 5))

    @property
    def identifiers(self) -> list[str]:
        """Every identifier."""
        return [each for person in self.all for each in person.identifiers]

    def of_day(self, day: int) -> Sequence[Person]:
        """Return the half of them that comes on the first day, or on the second."""
        return self.all[day - DAY_ONE :: 2]

    def files(self, day: int) -> dict[str, list[Row]]:
        """Return the sound files of a day, by their places in the inbox."""
        persons, date = self.of_day(day), f"2025-01-{day:02d}"
        orders = [order(person, day) for person in persons]
        return {
            f"crm/customers_{date}.csv": [customer(person) for person in persons],
            f"web_shop/accounts_{date}.jsonl": [account(person, day) for person in persons],
            f"loyalty/members_{date}.csv": [
                {"member_id": f"M{each.number}", "name": each.name, "mobile": each.phone, "joined_on": date}
                for each in persons
            ],
            f"web_shop/orders_{date}.jsonl": orders,
            f"web_shop/order_lines_{date}.jsonl": [line(each) for each in orders],
            f"service/messages_{date}.jsonl": [message(person, day) for person in persons],
        }


def _person(number: int, chance: Random, names: set[str]) -> Person:
    tails = [f"{chance.randrange(50_000_000, 100_000_000)}" for _ in range(2)]
    if number % 2:
        while (name := chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))) in names:
            pass
        names.add(name)
        phone, spoken = (f"13{chance.randrange(4, 10)}{tail}" for tail in tails)
        address = f"上海市浦东新区世纪大道{number}号{number % 30 + 1}01室"
        return Person(number, True, name, phone, spoken, f"q{number}.{tails[0][:4]}@qq.example", address)
    first, last = FIRST.split()[number // 2 % 16], LAST.split()[number // 32 % 12]
    name = f"{first} {last}{'' if number < 384 else f'-{LAST.split()[number // 384 % 12]}'}"
    phone, spoken = (f"07{chance.randrange(4, 10)} {tail[:4]} {tail[4:]}" for tail in tails)
    email = f"{first}.{last}{number}@mail.example".lower()
    return Person(number, False, name, phone, spoken, email, f"{number} Old Mill Lane, Leeds LS6 2AB")


def customer(person: Person, **changed: str) -> Row:
    """Return what the CRM knows of him."""
    return {
        "customer_no": f"C{person.number}",
        "name": person.name,
        "sex": "F",
        "birth_date": "1984-05-06" if person.is_chinese else "06/05/1984",
        "phone": person.phone,
        "email": person.email,
        "address": person.address,
        "city": "上海" if person.is_chinese else "Leeds",
        "opened": "2024/12/01 09:30",
        "remark": person.remark.replace("\n", " "),
        **changed,
    }


def account(person: Person, day: int, **changed: object) -> Row:
    """Return his account on the screens."""
    kept = {"uid": f"W{person.number}", "kind": "web_shop", "name": person.name, "phone": person.phone}
    kept |= {"email": person.email, "linked": None, "created": f"{NOON.format(day=day)}+00"}
    return kept | changed


def order(person: Person, day: int) -> Row:
    """Return an order of his."""
    unknown = dict.fromkeys(("coupon_id", "discount_amount", "delivery_amount"))
    said = {"order_id": f"P{person.number}", "account": f"W{person.number}", "channel": "web"}
    said |= {"ordered_at": f"{NOON.format(day=day)}+00", "currency": "GBP"}
    said |= {"receiver": person.name, "phone": person.phone, "email": person.email, "address": person.address}
    return unknown | said | {"goods_amount": "9.00", "net_amount": "9.00"}


def line(order: Row) -> Row:
    """Return the one line of an order."""
    bought = {"product_id": "7", "unit_quantity": 1, "unit_price_amount": "9.00"}
    return {
        "order_id": order["order_id"],
        "line_number": 1,
        **bought,
        "discount_amount": None,
        "net_amount": "9.00",
    }


def message(person: Person, day: int) -> Row:
    """Return what he wrote to the service."""
    said = {
        "text_id": f"T{person.number}",
        "account": f"W{person.number}",
        "kind": "ticket",
        "ticket_id": None,
    }
    language = "zh" if person.is_chinese else "en"
    return said | {"written_at": f"{NOON.format(day=day)}+00", "language": language, "body": person.remark}
