import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.builders import (
    NOON,
    batch,
    dead_batch,
    emission,
    empty,
    opened,
    settings_in,
    sink_of,
)
from warehouse.snapshot import ask, publish
from warehouse.sql_child import LOCKED
from warehouse.sql_guard import SqlRefused, check_sql

FILES = (
    "read_csv('/etc/passwd')", "read_csv_auto('/etc/passwd')", "read_text('/etc/passwd')",
    "read_blob('/etc/passwd')", "read_json('/etc/passwd')", "read_json_auto('x.json')",
    "read_json_objects('x.json')", "read_ndjson('x')", "read_ndjson_auto('x')",
    "read_ndjson_objects('x')", "read_parquet('x.parquet')", "parquet_scan('x.parquet')",
    "parquet_metadata('x.parquet')", "parquet_schema('x.parquet')",
    "parquet_file_metadata('x.parquet')", "parquet_kv_metadata('x.parquet')",
    "parquet_bloom_probe('x', 'a', 1)", "parquet_full_metadata('x')", "glob('/etc/*')",
    "sniff_csv('/etc/passwd')", "read_duckdb('x.duckdb')", "read_single_csv_file('x')",
    "which_secret('s3://x', 's3')",
)  # fmt: skip
INSIDES = (
    "duckdb_settings()", "duckdb_secrets()", "duckdb_tables()", "duckdb_views()",
    "duckdb_columns()", "duckdb_databases()", "duckdb_extensions()", "duckdb_functions()",
    "duckdb_logs()", "duckdb_memory()", "duckdb_temporary_files()", "duckdb_variables()",
    "duckdb_prepared_statements()", "duckdb_external_file_cache()", "pragma_database_size()",
    "pragma_table_info('dead_letter')", "pragma_storage_info('dead_letter')",
    "pragma_show('dead_letter')", "pragma_version()", "pragma_platform()", "pragma_user_agent()",
    "pragma_metadata_info()", "query('select * from dead_letter')", "query_table('dead_letter')",
    "query_table(['dead_letter', 'outbox'])", "seq_scan('dead_letter')",
    "json_execute_serialized_sql('{}')", "test_all_types()", "checkpoint()", "force_checkpoint()",
    "enable_logging()", "enable_profiling()", "disable_logging()", "truncate_duckdb_logs()",
    "summary((select 1))", "repeat_row(1, num_rows=9)", "pandas_scan(1)", "arrow_scan(1, 2, 3)",
    "python_map_function(1)", "icu_calendar_names()", "pg_timezone_names()",
)  # fmt: skip
TABLES = (
    "dead_letter", "outbox", "forklift_state", "warehouse_setting", "schema_migration",
    "import_line", "import_file", "sink_offset", "sink_stat", "fact_leg_emission",
    "takeback_event", "main.dead_letter", "information_schema.tables",
    "information_schema.columns", "pg_catalog.pg_tables", "pg_tables", "sqlite_master",
    "sqlite_schema", "duckdb_tables", "duckdb_settings", "duckdb_views", "pragma_database_list",
    "temp.dim_category", "system.information_schema.tables", "full.mart.leg", "live.mart.leg",
    "'/etc/passwd'", "'x.csv'", "'x.parquet'", "'https://example.org/x.parquet'", '"x.csv"',
    '"/etc/passwd"', '"mart.leg"', '"file:///etc/passwd"', "'*.json'", "rows", "sql", "question",
    "MART.DEAD_LETTER_RAW", "mart.outbox", '"DEAD_LETTER"', "df", "self",
)  # fmt: skip
CALLS = (
    "getenv('HOME')", "GETENV('HOME')", "current_setting('memory_limit')", "getvariable('x')",
    "nextval('outbox_id_sequence')", "currval('outbox_id_sequence')", "current_database()",
    "current_schemas(true)", "current_query()", "version()", "txid_current()", "pg_sleep(100)",
    "sleep_ms(100000)", "write_log('x')", "in_search_path('a', 'b')", "setseed(0.5)",
    "json_serialize_sql('select 1')", "json_deserialize_sql('{}')",
    "json_serialize_plan('select 1')", "repeat('a', 4000000000)", "lpad('a', 2000000000, 'b')",
    "rpad('a', 2000000000, 'b')", "format('{:2000000000}', 1)", "printf('%2000000000d', 1)",
    "range(200000000)", "generate_series(1, 200000000)", "array_resize([1], 2000000000)",
    "list_resize([1], 2000000000)", "bar(1, 0, 1, 9)", "main.getenv('HOME')",
    "system.main.getenv('HOME')", '"getenv"(\'HOME\')', "read_text('/etc/passwd')",
    "pg_get_viewdef(1)", "current_connection_id()", "parse_duckdb_log_message('a', 'b')",
    "current_user", "current_catalog", "session_user",
)  # fmt: skip
STATEMENTS = (
    "create table x (i int)", "create temp table x as select 1", "create view v as select 1",
    "create or replace view mart.leg as select 1", "create macro m() as 1", "create schema s",
    "create sequence s", "create type t as enum ('a')", "create secret s (type s3)",
    "create index i on dim_category (id)", "drop table dim_category", "drop view mart.leg",
    "drop schema mart cascade", "alter table dim_category add column x int",
    "insert into dim_category values (1)", "insert into dim_category select * from dim_category",
    "update dim_category set id = 'x'", "delete from dim_category", "truncate dim_category",
    "merge into dim_category using dim_base on true when matched then delete",
    "copy dim_category to 'x.csv'", "copy (select 1) to '/tmp/x.parquet'",
    "copy dim_category from 'x.csv'", "copy from database full to other",
    "export database 'x'", "import database 'x'", "attach 'x.duckdb'",
    "attach 'x.duckdb' as y (read_only)", "attach ':memory:' as m", "detach full",
    "use memory", "install httpfs", "load httpfs", "force install httpfs", "update extensions",
    "set threads = 8", "set memory_limit = '100GB'", "set enable_external_access = true",
    "set global lock_configuration = false", "reset threads", "set variable x = 1",
    "pragma database_list", "pragma enable_profiling", "pragma show_tables", "pragma version",
    "pragma memory_limit='9GB'", "call pragma_version()", "call duckdb_settings()",
    "explain select 1", "explain analyze select 1", "describe mart.leg", "show tables",
    "show all tables", "show databases", "summarize mart.leg", "checkpoint", "force checkpoint",
    "vacuum", "analyze", "begin", "commit", "rollback", "prepare p as select 1", "execute p",
    "deallocate p", "comment on table dim_category is 'x'",
    "pivot mart.leg on mode using sum(legs)",
    "select * from (describe mart.leg)", "from (show tables)", "select * from (summarize mart.leg)",
    "with x as (insert into dim_category values (1) returning 1) select * from x",
    "select 1; select 2", "select 1; drop table dim_category", "select 1;;copy x to 'y'", "",
    ";", "--", "/* */", "not sql", "select", "select * from", "selec 1", "select 'a", "select $$a",
    "select 1 /* */; /* */ attach 'x'", "select 1 --\n; install httpfs", "\\copy x", ".tables",
)  # fmt: skip
HIDDEN = (
    "select * from mart.leg where exists (select 1 from {table})",
    "select (select count(*) from {table})",
    "with x as (select * from {table}) select * from x",
    "with x as materialized (select * from {table}) select 1",
    "with recursive r as (select 1 from {table} union all select 1 from r) select * from r",
    "select * from mart.leg l, lateral (select * from {table}) x",
    "select * from mart.leg union all by name select * from {table}",
    "select * from mart.leg order by (select count(*) from {table})",
    "select sum(legs) filter (exists (from {table})) from mart.leg",
    "select sum(legs) over (order by (select count(*) from {table})) from mart.leg",
    "values ((select count(*) from {table}))",
    "select [(select count(*) from {table}) for x in [1]]",
    "select case when true then (select count(*) from {table}) end",
    "select list_transform([1], lambda x: (select count(*) from {table}))",
    "select * from mart.leg join {table} on true",
    "select * from mart.leg asof join {table} on true",
    "select * from mart.leg semi join {table} on true",
    "select * from (select * from (select * from {table}))",
    "from {table}",
    "table {table}",
    "select * from mart.leg qualify row_number() over () < (select count(*) from {table})",
    "select 1 limit (select count(*) from {table})",
    "select * from mart.leg group by (select count(*) from {table})",
    "select * from mart.leg having (select count(*) from {table}) > 0",
    "select columns(c -> c = (select count(*)::varchar from {table})) from mart.leg",
    "unpivot {table} on raw into name a value b",
    "select * from unnest((select list(key) from {table}))",
)
SHADOWS = (
    "with dead_letter as (select 1) select * from dead_letter",
    "select * from dead_letter, (with dead_letter as (select 1) select 1)",
    "with outbox as (select 1) select * from main.outbox",
    'with "x.csv" as (select 1) select * from "x.csv"',
    'select * from "/etc/passwd", (with "/etc/passwd" as (select 1) select 1)',
    "with DEAD_LETTER as (select 1) select * from Dead_Letter",
    "with mart as (select 1) select * from mart.outbox",
    "with duckdb_tables as (select 1) select 1 from duckdb_tables",
    "with dim_category as (select 1) select * from dim_category",
)

HOSTILE = (
    *(f"select * from {function}" for function in (*FILES, *INSIDES)),
    *(f"select * from {table}" for table in TABLES),
    *(f"select {call}" for call in CALLS),
    *(f"select legs from mart.leg where {call} is not null" for call in CALLS),
    *STATEMENTS,
    *(hidden.format(table="dead_letter") for hidden in HIDDEN),
    *(hidden.format(table="read_text('/etc/passwd')") for hidden in HIDDEN),
    *(hidden.format(table="'/etc/passwd'") for hidden in HIDDEN),
    *SHADOWS,
)
FRIENDLY = (
    "select count(*) from mart.leg",
    "SELECT Mode, SUM(emission_wtw_kgco2e) AS kg FROM MART.LEG GROUP BY 1 ORDER BY kg DESC LIMIT 3",
    "from mart.leg select sum(legs)",
    "select * from agg_leg_day join dim_category using (category_key)",
    "select * from main.dim_category",
    "with x as (select mode, legs from mart.leg), y as (from x) select * from y where legs > 0",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 5) select * from n",
    "select * from range(3)", "select * from generate_series(1, 3)", "select unnest([1, 2])",
    "select * from unnest([1, 2, 3]) t(x)", "values (1), (2)",
    "select date_trunc('month', occurred_on) m, sum(mass_kg) from mart.leg group by all",
    "select extra_inputs->>'factor_set', extra_inputs->'origin'->>'site_id' from mart.leg",
    "select distinct on (mode) mode, shipment_id from mart.leg",
    "select row_number() over (partition by mode order by occurred_at) from mart.leg",
    "select mode, rank() over (order by sum(legs)) from mart.leg group by mode",
    "select case when legs > 0 then 'a' else 'b' end, coalesce(trip_id, '-') from mart.leg",
    "select round(sum(emission_wtw_kgco2e) / nullif(sum(transport_tkm), 0), 4) from mart.leg",
    "select strftime(occurred_at, '%Y-%m'), extract(year from occurred_on) from mart.leg",
    "select * exclude (extra_inputs) from mart.leg where shipment_id like 'S-%' limit 1",
    "select quantile_cont(mass_kg, 0.9), median(mass_kg), stddev(mass_kg) from mart.leg",
    "select 1 union all select 2 except select 3 intersect select 2",
    "select list_transform([1, 2], lambda x: x + 1), [x * 2 for x in [1, 2]]",
    "select count(*) filter (is_direct), sum(legs)::double, interval 1 day from mart.leg",
    "select ';', '--', '/* drop table x */' -- and a comment; with a semicolon",
    "select reason, count(*) from mart.dead_letter group by reason;",
    "select * from mart.leg tablesample 10%", "select current_date, today() - interval 7 days",
    "select l.shipment_id from mart.leg l where exists (from mart.leg m where m.legs = l.legs)",
    "select mode, leg, sum(legs) from mart.leg group by cube (mode, leg)",
    "select 'user' as word, 1 as getenv", "select x -> 1 from (select '[1]'::json as x)",
)  # fmt: skip


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    return empty()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    settings = settings_in(tmp_path_factory.mktemp("warehouse"))
    db = opened(settings)
    sink_of(db).write([batch(emission(1), emission(2, mode="rail")), dead_batch(0, partition=1)])
    yield publish(db, settings, NOON)
    db.close()


def test_the_corpus_is_large_and_holds_nothing_twice() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 300


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_hostile_statement_does_not_get_through(db: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(SqlRefused):
        check_sql(db, sql)


@pytest.mark.parametrize("sql", FRIENDLY)
def test_an_analysts_question_gets_through(db: duckdb.DuckDBPyConnection, sql: str) -> None:
    check_sql(db, sql)


@pytest.mark.parametrize("sql", FRIENDLY)
def test_what_gets_through_is_answered_by_a_locked_copy(copy: Path, sql: str) -> None:
    with duckdb.connect(str(copy), read_only=True, config=dict(LOCKED)) as db:
        db.execute("set lock_configuration = true")
        db.execute(sql).fetchall()


@pytest.mark.parametrize("sql", ["x" * 100_001, "select " + "(" * 3_000 + "1" + ")" * 3_000])
def test_a_statement_that_is_too_long_or_too_deep_is_refused(
    db: duckdb.DuckDBPyConnection, sql: str
) -> None:
    with pytest.raises(SqlRefused):
        check_sql(db, sql)


def test_what_is_refused_is_named_and_so_is_what_may_be_read(db: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(SqlRefused, match=r"reads dead_letter; published are: .*mart\.leg"):
        check_sql(db, "select * from dead_letter")
    with pytest.raises(SqlRefused, match="calls getenv, which is not answered"):
        check_sql(db, "select getenv('HOME')")


def test_a_question_is_answered_with_names_and_values(copy: Path) -> None:
    told = ask(copy, "select mode, sum(mass_kg) as kg from mart.leg group by 1 order by 1")

    assert told.columns == ["mode", "kg"]
    assert [(mode, str(kg)) for mode, kg in told.rows] == [("road", "412.500"), ("rail", "412.500")]
    assert not told.is_cut


def test_a_refusal_of_the_database_is_one_sentence_without_a_path(copy: Path) -> None:
    with pytest.raises(SqlRefused, match='"nothing" not found') as refused:
        ask(copy, "select nothing from mart.leg")

    assert str(copy.parent) not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_rows_beyond_the_limit_are_cut_and_that_is_said(copy: Path) -> None:
    cut = ask(copy, "select * from range(1000000000)", max_rows=7)
    whole = ask(copy, "select * from range(7)", max_rows=7)

    assert (len(cut.rows), cut.is_cut) == (7, True)
    assert (len(whole.rows), whole.is_cut) == (7, False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "with recursive r as (select 1 as i union all select i + 1 from r) select max(i) from r",
        "select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = -1",
        "select * from range(100000000000) order by 1 desc",
    ],
)
def test_what_takes_too_long_is_stopped(copy: Path, sql: str) -> None:
    started = time.monotonic()

    with pytest.raises(SqlRefused, match=r"took more than 1 s|[Mm]emory"):
        ask(copy, sql, timeout_s=1)

    assert time.monotonic() - started < 12


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "with recursive r as (select 'aaaaaaaaaaaaaaaa' as s union all select s || s from r) "
        "select max(length(s)) from r",
        "select list(a.range) from range(10000000000) a",
        "select string_agg(a.range::varchar) from range(10000000000) a",
        "with recursive r as (select [1] as l union all select list_concat(l, l) from r) "
        "select max(len(l)) from r",
    ],
)
def test_what_takes_too_much_memory_ends_its_own_process_at_most(copy: Path, sql: str) -> None:
    with pytest.raises(SqlRefused):
        ask(copy, sql, timeout_s=20)

    assert ask(copy, "select 1").rows == [(1,)]
