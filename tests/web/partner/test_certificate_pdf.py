"""The page of a certificate: what was signed, all of it, in two languages, the same bytes again."""

import re
from collections.abc import Sequence
from typing import Any

import pypdfium2
import pytest

from recycling.canonical import NotCanonical, canonical_bytes
from recycling.category import categories
from recycling.certificate_check import CertificateRefused
from recycling.vocabulary import MassBasis
from runtime.signing import Signed
from tests.builders import ROOT
from tests.recycling.certificate_builders import MASSES_KG, certificate, code_of, treatment
from web.catalogue import LANGUAGES, catalogue_of
from web.partner.certificate_pdf import certificate_pdf

HAN = re.compile(r"[\u4e00-\u9fff]")


def signed(document: Any) -> Signed:
    return Signed(canonical_bytes(document), "k" * 43)


def pages_of(raw: bytes) -> Sequence[str]:
    """Return the text of each page, as a reader would copy it."""
    file = pypdfium2.PdfDocument(raw)
    try:
        return [page.get_textpage().get_text_bounded() for page in file]
    finally:
        file.close()


def test_everything_that_was_signed_stands_on_the_page() -> None:
    text = "\n".join(pages_of(certificate_pdf(signed(certificate()))))

    for unit in certificate()["units"]:
        assert unit["code"] in text
    for material, mass_kg in MASSES_KG.items():
        assert f"D-{material}" in text
        assert mass_kg in text
    for told in (
        "CERT-2026-0001", "B-2026-0001", "maker-1", "P-dismantler", "PLANT-1", "LIC-370200-01",
        "1,541.200 kg", "1,510.640 kg", "22.560 kg", "1.464 %", "100.000 %", "8.000 kg",
        "900-045-49", "900-249-08", "P-hazardous", "R9", "1,240.000 g", "40.000 g",
        "2026-06-01 09:00 UTC+8", "mass_balance 1", "k" * 43,
        signed(certificate()).payload_sha256, treatment().dismantler_name, treatment().site_name,
    ):  # fmt: skip
        assert str(told) in text, told


def test_the_same_certificate_gives_the_same_bytes() -> None:
    first, again = (certificate_pdf(signed(certificate())) for _ in range(2))

    assert first == again
    assert first.startswith(b"%PDF-")


def test_another_certificate_gives_other_bytes() -> None:
    other = certificate(certificate_id="CERT-2026-0002")

    assert certificate_pdf(signed(other)) != certificate_pdf(signed(certificate()))


def test_every_page_has_its_number() -> None:
    pages = pages_of(certificate_pdf(signed(certificate())))

    assert len(pages) == 2
    for number, text in enumerate(pages, start=1):
        assert f"page {number} of 2" in text


def test_a_long_list_of_units_repeats_its_head_on_every_page() -> None:
    units = [
        {"code": code_of(f"N-{n:04}"), "category": "washing_machine", "mass_kg": "50.000",
         "mass_basis": "accepted"} for n in range(200)
    ]  # fmt: skip
    masses = {
        "input_kg": "10000.000", "output_kg": "10000.000", "losses_kg": "0.000",
        "gap_kg": "0.000", "gap_share": "0.000000", "class_average_share": "0.000000",
    }  # fmt: skip
    steel = certificate()["fractions"][0] | {"mass_kg": "10000.000"}
    document = certificate(units=units, fractions=[steel], refrigerants=[], **masses)

    pages = pages_of(certificate_pdf(signed(document)))

    assert len(pages) == 5
    assert all("Unit code" in text for text in pages)
    assert code_of("N-0199") in pages[-1]
    assert "page 5 of 5" in pages[-1]


def test_texts_of_others_are_no_markup() -> None:
    hostile = "A & <b>B</b> <font color='red'>"
    document = certificate(dismantler_name=hostile, site_name="\U00020bb7\u91ce\u5bb6")
    unit = document["units"][0] | {"code": "<a&b>"}

    text = "\n".join(
        pages_of(certificate_pdf(signed(document | {"units": [unit, *document["units"][1:]]})))
    )

    assert hostile in text
    assert "<a&b>" in text
    assert "\u91ce\u5bb6" in text


def test_what_contradicts_itself_has_no_page() -> None:
    with pytest.raises(CertificateRefused, match="input_kg"):
        certificate_pdf(signed(certificate(input_kg="1541.201")))
    with pytest.raises(NotCanonical):
        certificate_pdf(Signed(b"{ }", "k"))


def used() -> set[str]:
    module = (ROOT / "web" / "partner" / "certificate_pdf.py").read_text("utf-8")
    groups = "about|balance|fractions|gas|units|rules|signature|page"
    found = set(re.findall(rf"""["']((?:{groups})\.[a-z0-9_]+|title|lead)["']""", module))
    return (
        found
        | {f"gas.{fate}" for fate in ("recovered", "destroyed", "reclaimed", "vented")}
        | {f"enum.basis.{one}" for one in MassBasis}
        | {f"enum.category.{one}" for one in categories()}
        | {f"enum.material.{one}" for one in MASSES_KG}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    texts = catalogue_of(language, "certificate").texts

    assert {name for name, text in texts.items() if text.strip()} == used()
    assert {name for name, text in texts.items() if HAN.search(text)} == (
        used() if language == "zh" else set()
    )


def test_no_text_for_people_stands_in_the_module() -> None:
    assert not HAN.search((ROOT / "web" / "partner" / "certificate_pdf.py").read_text("utf-8"))
