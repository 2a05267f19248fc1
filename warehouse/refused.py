"""What had no number in a period: refused letters and rejected lines, beside what was answered.

A published copy holds no original bytes; what a coverage needs of a letter stays in their place:
its instant, mass and category, and its shipment and consignment by their hash.
"""

from datetime import date

from emissions.coverage import Counts, Coverage, RejectsOfReason, coverage_from
from schemas.event import MAX_YEAR, MIN_YEAR
from schemas.refusal import Reason
from warehouse.leg_now import legs_now
from warehouse.sums import Query

_TEXT = "case when json_valid(try(decode(raw))) then try(decode(raw)) end"
#: What stays of a letter's original bytes in a published copy; nothing of a careless sender's text.
REDUCED = f"""
    (select case when told is null then ''::blob else encode(json_object(
        'occurred_at', case when try_cast(told->>'occurred_at' as timestamptz)
            between '{MIN_YEAR}-01-02' and '{MAX_YEAR}-12-30'
            then try_cast(told->>'occurred_at' as timestamptz)::varchar end,
        'mass_kg', try_cast(told->>'mass_kg' as decimal(14, 3))::varchar,
        'category', regexp_extract(told->>'category', '^[a-z][a-z0-9_.-]{{0,63}}$'),
        'shipment', sha256(told->>'shipment_id'),
        'consignment', sha256(told->>'consignment_id'))::varchar) end
    from (select {_TEXT} as told))
"""

# Letters of legs whose event was not stored after all.
_LETTERS = """
    select d.dead_letter_id as id, d.reason,
        cast(timezone(zone.value, (told->>'occurred_at')::timestamptz) as date) as occurred_on,
        coalesce(told->>'shipment', d.dead_letter_id) as shipment,
        coalesce(told->>'consignment', d.dead_letter_id) as consignment,
        case when (told->>'mass_kg')::decimal(14, 3) > 0
            then (told->>'mass_kg')::decimal(14, 3) end as mass_kg,
        nullif(told->>'category', '') as category
    from (select *, nullif(decode(raw), '') as told from main.dead_letter
        where state = 'open' and topic in ('shipment.leg.v1', 'shipment.emission.v1')) d
    cross join (select value from main.warehouse_setting where name = 'timezone') zone
    where not exists (from main.fact_leg_emission f
        where f.source_event_id = try_cast(d.event_id as uuid)
        or f.event_id = try_cast(d.event_id as uuid))
"""
# Lines that never became an event: their day is that of the order route the same line became.
_LINES = """
    select l.file_id || ':' || l.line_no as id, l.reasons[1] as reason, r.occurred_on,
        sha256(l.key) as shipment, sha256(l.key) as consignment, r.mass_kg, r.category
    from main.import_line l
    join main.import_file i using (file_id)
    left join (select file_id, line_no, any_value(o.occurred_on) as occurred_on,
            any_value(o.mass_kg) as mass_kg, any_value(o.category) as category
        from main.import_line line join mart.order_route o on o.source_event_id = line.event_id
        where o.revision = 0 group by file_id, line_no) r
        on r.file_id = l.file_id and r.line_no = l.line_no
    where l.status = 'rejected' and l.target = 'transport_leg' and l.event_id is null
    and not exists (from main.import_line other join main.import_file f using (file_id)
        where f.source_id = i.source_id and other.key = l.key and other.target = l.target
        and other.status in ('accepted', 'attached', 'restated'))
"""
_REFUSED = f"({_LETTERS} union all {_LINES})"


def coverage(query: Query, first: date, last: date, *, shipment_id: str | None = None) -> Coverage:
    """Return what of the days ``first`` to ``last`` has a number, of one shipment or of all.

    A shipment or consignment counts once, and as covered only if all of it has a number; a
    consignment's mass is the largest that any of its records told.
    """
    answered, values = legs_now(first, last, shipment_id=shipment_id)
    refused = f"(select * from {_REFUSED} where occurred_on between ? and ?"
    values += [first, last]
    if shipment_id is not None:
        refused += " and shipment = sha256(?)"
        values.append(shipment_id)
    records = f"""
        select sha256(shipment_id) as shipment, sha256(consignment_id) as consignment, mass_kg,
            category, null as reason from ({answered})
        union all select shipment, consignment, mass_kg, category, reason from {refused})
    """
    return coverage_from(
        _counted(query, records, values),
        _gaps(query, records, values),
        _undated(query, shipment_id),
    )


def _counted(query: Query, records: str, values: list[object]) -> Counts:
    row = query(
        f"""with records as materialized ({records}),
        shipments as (select bool_or(reason is null) as answered,
            bool_or(reason is not null) as refused from records group by shipment),
        consignments as (select max(mass_kg) as mass_kg, bool_or(reason is not null) as refused
            from records group by shipment, consignment)
        select
            (select count(*) from shipments), (select count(*) from shipments where not refused),
            (select count(*) from shipments where answered and refused),
            (select coalesce(sum(mass_kg), 0) from consignments),
            (select coalesce(sum(mass_kg), 0) from consignments where not refused),
            (select count(*) from consignments where mass_kg is null),
            (select count(distinct category) from records),
            (select count(distinct category) from records where reason is null)""",
        values,
    )[0]
    return Counts(**dict(zip(Counts.__slots__, row, strict=True)))


def _gaps(query: Query, records: str, values: list[object]) -> dict[Reason, RejectsOfReason]:
    rows = query(
        f"""select reason, sum(n)::bigint, count(distinct shipment), sum(mass_kg) from (
            select reason, shipment, consignment, count(*) as n, max(mass_kg) as mass_kg
            from ({records}) where reason is not null group by all)
        group by reason order by reason""",
        values,
    )
    return {
        Reason(reason): RejectsOfReason(records=count, shipments=shipments, mass_kg=mass_kg)
        for reason, count, shipments, mass_kg in rows
    }


def _undated(query: Query, shipment_id: str | None) -> dict[Reason, int]:
    narrowed = "" if shipment_id is None else " and shipment = sha256(?)"
    rows = query(
        f"select reason, count(*) from {_REFUSED} where occurred_on is null{narrowed} "
        "group by reason order by reason",
        [] if shipment_id is None else [shipment_id],
    )
    return {Reason(reason): int(count) for reason, count in rows}
