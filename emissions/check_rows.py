"""What every row and every set must say of itself: one meaning, whole labels, cells, a licence."""

from collections.abc import Iterator

from emissions.derivation import cells_by_part
from emissions.factor import Factor
from emissions.finding import Comparison, Word
from emissions.number import ZERO
from emissions.set_file import COLUMN_OF_PART
from emissions.subject import MEANING, Subject

OF_MATERIALS = frozenset({"material", "treatment"})


def duplicates(subject: Subject) -> Iterator[Comparison]:
    """Two rows that mean the same thing: one of them is a slip, and nobody can say which."""
    first: dict[tuple[object, ...], str] = {}
    for factor in subject.factors:
        key = (*(getattr(factor, name) for name in MEANING), factor.valid_from, _route(factor))
        earlier = first.setdefault(key, factor.factor_id)
        is_double = earlier != factor.factor_id and not _is_nameless(factor)
        yield Comparison(
            check=Word.DUPLICATE_KEY,
            factor_ids=(factor.factor_id, earlier) if is_double else (factor.factor_id,),
            column="factor_id",
            published=factor.factor_id,
            computed=earlier,
            how="kind, mode, class, energy, region, temperature, load, distance, basis, unit, "
            "year, route",
            word=Word.DUPLICATE_KEY if is_double else None,
        )


def _route(factor: Factor) -> str:
    """A material is told from another one by where it comes from or goes to: the id's last word."""
    return factor.factor_id.rpartition(".")[2] if factor.kind in OF_MATERIALS else ""


def _is_nameless(factor: Factor) -> bool:
    """A parameter or a hub is told from others by its id alone."""
    return not (factor.mode or factor.vehicle_class or factor.energy)


def labels(subject: Subject) -> Iterator[Comparison]:
    """A replacement character in a text: the file was read in a wrong encoding once."""
    for factor in subject.factors:
        for column in ("cells", "note"):
            text = getattr(factor, column)
            if "�" in text:
                yield Comparison(
                    check=Word.LABEL_DAMAGE,
                    factor_ids=(factor.factor_id,),
                    column=column,
                    published=text,
                    computed="a character was lost",
                    how="U+FFFD stands where the publisher has another character",
                    word=Word.LABEL_DAMAGE,
                    is_error=False,
                )


def licence(subject: Subject) -> Iterator[Comparison]:
    """A licence of one's own needs the place where its text stands."""
    manifest = subject.set.manifest
    is_own = manifest.licence_spdx.startswith("LicenseRef-")
    is_fact = manifest.licence_spdx.endswith("-Facts")
    is_bare = is_own and not is_fact and not manifest.licence_url
    yield Comparison(
        check=Word.LICENCE_MISSING,
        factor_ids=(),
        column="licence_url",
        published=manifest.licence_spdx,
        computed=manifest.licence_url or "no address",
        how="a licence without a public name has an address, or licence.txt beside the manifest",
        word=Word.LICENCE_MISSING if is_bare else None,
        is_error=False,
    )


def cells(subject: Subject) -> Iterator[Comparison]:
    """Every figure above 0 names the cell it stands in; WTT may stand on the WTW of electricity."""
    for factor in subject.factors:
        named = cells_by_part(factor)
        for part, column in COLUMN_OF_PART.items():
            figure = getattr(factor, column)
            if not figure:
                continue
            is_whole = part == "wtt" and factor.ttw_kgco2e == ZERO and "wtw" in named
            yield Comparison(
                check=Word.CELL_MISSING,
                factor_ids=(factor.factor_id,),
                column=column,
                published=figure,
                computed=named.get(part, "no cell"),
                how="the publisher's cell in column cells",
                word=None if named.get(part) or is_whole else Word.CELL_MISSING,
            )
