#!/bin/sh
# The maker's side of the first pickup: a person, a wish, its quote, the order given to a recycler.
# Reads BASE and the maker's key in OFFICE; prints the order's id and the unit's, parted by a blank.
set -eu
nth=0
post() { # post PATH BODY
    nth=$((nth + 1))
    curl -sS --fail-with-body -X POST "$BASE/v1/$1" -H "Authorization: Bearer $OFFICE" \
        -H "Idempotency-Key: first-$nth" -H 'Content-Type: application/json' -d "$2"
}
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }

contact=$(post contacts '{"name": "王小明", "phone": "13800000001", "address": "青岛市崂山区"}' |
    field contact_id)
made=$(post demands "{\"channel\": \"mini_program\", \"channel_ref\": \"CRM-1\",
    \"region\": \"370200\", \"adcode\": \"370212\", \"contact_id\": \"$contact\",
    \"privacy_consent\": true, \"lat\": \"36.0712\", \"lon\": \"120.3841\",
    \"lines\": [{\"category\": \"washing_machine\", \"brand\": \"brand-b\", \"age_years\": 9,
    \"condition\": \"works\"}]}")
order=$(printf %s "$made" | sed -n 's/.*[{,] *"id": *"\([^"]*\)".*/\1/p')
unit=$(printf %s "$made" | field unit_ids)
at="takeback-orders/$order"
post "$at:appraise" "{\"category\": \"washing_machine\", \"size_class\": \"washing_machine\",
    \"core_parts\": [\"motor\"], \"price_cny_fen\": 5000, \"price_list_version\": \"1\",
    \"valid_until\": \"$(date -u -d '+72 hours' +%FT%TZ)\"}" >&2
post "$at:confirm" '{"on_behalf_of": "consumer"}' >&2
post "$at:assign" '{"recycler_id": "north"}' >&2
echo "$order $unit"
