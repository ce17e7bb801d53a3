"""CRM, loyalty, accounts of the screens, consents, experiments: who the systems believe to know."""

from shopkeeper.demo.omnichannel.files.export import Export, columns, packed
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS

# A system's own number of an account. The CRM renumbers its customers on one day; 1,000,000,007 is prime, so
# the new numbers are one to one.
NUMBERS = """
    create macro old_number(id) as 'C' || lpad(id::varchar, 9, '0');
    create macro new_number(id) as 'K' || lpad(((id::hugeint * 7919 + 13) % 1000000007)::varchar, 10, '0');
    create macro number_of(id, is_migrated) as case id // 2 % 6
        when 0 then if(is_migrated, new_number(id), old_number(id))
        when 1 then '6' || lpad(id::varchar, 11, '0')
        when 5 then 'u' || printf('%08x', id * 40503 % 4294967296)
        else id::varchar end;
    create macro second_number(id) as case id // 2 % 6
        when 0 then 'M-' || id::varchar
        when 1 then 'V' || upper(printf('%08x', id * 2654435 % 4294967296))
        else 'b' || id::varchar end;
    create macro ref(id) as if(getvariable('is_second'), second_number(id),
        number_of(id, getvariable('is_migrated')));
"""
SPELLED = f"""
    create or replace temp table spelled as
    with known as (
        select account_id, system, market, sex, birth_date, opened_at, referrer_account_id, city,
            person_kind as kind, luck, dirt, row_id, surname,
            case when is_told(dirt, {BIT["test_account"]}) then if(market = 'CN',
                    pick_testers_zh(luck), pick_testers_en(luck))
                when is_told(dirt, {BIT["typing_error_in_name"]}) then
                    mistyped_name(
                    given, surname, given_heard, surname_heard, given_short, market, luck)
                else full_name(given, surname, market) end as name,
            phone_of(phone_key, market) as phone, email_of(email_key, latin, market) as email,
            address_of(address_key, market, city, district) as address
        from accounts
    )
    select * replace (
        if(is_told(dirt, {BIT["traditional_characters"]}), traditional(name), name) as name,
        if(is_told(dirt, {BIT["traditional_characters"]}), traditional(address), address) as address,
        spelled_phone(phone, market, luck >> 8, dirt) as phone)
    from known
"""
CRM_COLUMNS = f"""
    ref(account_id) as customer_no,
    if(market = 'CN' or luck % 3 = 0, name, upper(surname) || ', ' || split_part(name, ' ', 1)) as name,
    if(market = 'CN', if(sex = 'female', '女', '男'), upper(sex[1])) as sex,
    if(market = 'CN', strftime(birth_date, '%Y/%m/%d'), strftime(birth_date, '%d/%m/%Y')) as birth_date,
    phone, email,
    if(is_told(dirt, {BIT["full_width_digits"]}), full_width(address), address) as address, city,
    strftime(local_time(opened_at, market), '%Y/%m/%d %H:%M') as opened,
    case when kind = 'staff' and luck % 10 < 6 then if(market = 'CN', '员工', 'staff') end as remark
"""
CRM = f"""
    select {CRM_COLUMNS}, row_id, dirt from spelled
    where system = 'crm' order by account_id, dirt
"""
SECOND_CRM = """
    select ref(account_id) as id, name as full_name, phone as tel, email as mail,
        strftime(birth_date, '%d.%m.%Y') as born, row_id, dirt
    from spelled where system = 'crm' order by account_id, dirt
"""
MIGRATION = f"""
    select old_number(new_id) as old_customer_no, new_number(new_id) as new_customer_no,
        account_id as row_id, {BIT["migration"]}::ubigint as dirt
    from crm_accounts where account_id * 40503 % 100 >= 3 order by account_id
"""
SECOND_NUMBERS = f"""
    select second_number(account_id - {SECOND_ACCOUNTS}) as old_customer_no, ref(new_id) as customer_no,
        account_id as row_id, {BIT["merged_retailer"]}::ubigint as dirt
    from second_numbers where account_id * 40503 % 100 >= 3 order by account_id
"""
CHANGES = """
    select ref(account_id) as account,
        strftime(local_time(changed_at, changes.market), '%Y/%m/%d %H:%M') as changed, kind as what,
        case kind when 'phone' then phone_habit(phone, changes.market, luck)
            when 'address' then address_of(value_key, changes.market, city, district) end as new_value,
        row_id, dirt
    from (select *, phone_of(value_key, market) as phone from account_changes) as changes
        join all_cities using (city_id)
    order by row_id, dirt
"""
MEMBERS = """
    select ref(account_id) as member_id, if(luck % 10 < 3 and market = 'GB',
        name[1] || ' ' || regexp_extract(name, '([^ ]+)$', 1), name) as name, phone as mobile,
        strftime(opened_at, '%Y-%m-%d') as joined_on, row_id, dirt
    from spelled where system = 'loyalty' order by account_id, dirt
"""
ACCOUNTS = f"""
    select {
    packed(
        "uid := ref(account_id)",
        "kind := system",
        "name := if(market = 'GB' and luck % 4 = 0, lower(name), name)",
        "phone",
        "email",
        "linked := ref(referrer_account_id)",
        "created := opened_at",
    )
}, row_id, dirt
    from spelled where system in ('web_shop', 'app', 'mini_program', 'social') order by account_id, dirt
"""
CUSTOMERS = [
    Export("crm/customers_{day}.csv", "accounts", "csv", CRM, "upserts", ("accounts",), "gb18030"),
    Export("second_crm/members_{day}.csv", "accounts", "csv", SECOND_CRM, "upserts", ("accounts",),
           "gb18030", ";", is_second=True),
    Export("crm/customer_numbers_{day}.csv", "accounts", "csv", MIGRATION, "one snapshot at the migration",
           ("crm_accounts",), "gb18030"),
    Export("crm/account_changes_{day}.csv", "account_changes", "csv", CHANGES, "upserts",
           ("account_changes",), "gb18030"),
    Export("loyalty/members_{day}.csv", "accounts", "csv", MEMBERS, "upserts", ("accounts",), "utf-8-sig"),
    Export("web_shop/accounts_{day}.jsonl", "accounts", "jsonl", ACCOUNTS, "upserts", ("accounts",)),
    columns("loyalty/points_{day}.csv", "loyalty_entries", "csv", "events", "entry_id",
            "member_id := ref(account_id)", "kind", "points", "order_id", "receipt_id", "entered_at",
            encoding="utf-8-sig"),
    columns("loyalty/tiers_{day}.csv", "loyalty_tiers", "csv", "events", "member_id := ref(account_id)",
            "tier", "from_date", encoding="utf-8-sig"),
    columns("consents/consents_{day}.csv", "consents", "csv", "events", "customer_no := ref(account_id)",
            "purpose", "is_given", "stated_at"),
    columns("experiments/assignments_{day}.csv", "experiment_assignments", "csv", "events", "experiment_id",
            "customer_no := ref(account_id)", "arm", "assigned_at"),
]  # fmt: skip
LATER = [
    Export("crm/second_numbers_{day}.csv", "accounts", "csv", SECOND_NUMBERS, "one list at the merger",
           ("second_numbers",), "gb18030"),
    columns("privacy/deletions_{day}.csv", "account_deletions", "csv", "deletes",
            "account := ref(account_id)", "deleted_at"),
]  # fmt: skip
