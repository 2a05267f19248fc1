"""How much happens on a day: months, weekdays, festivals, the lunar new year, growth."""

from datetime import date
from math import exp

from simulator.company import Category, Season

GROWTH_STARTS_ON = date(2023, 1, 1)
REST_DAYS_BEFORE_NEW_YEAR = 4
REST_DAYS_AFTER_NEW_YEAR = 8
DAYS_PER_YEAR = 365.25


def years_since_start(on: date) -> float:
    """Return the years since the day every trend starts from; negative before it."""
    return (on - GROWTH_STARTS_ON).days / DAYS_PER_YEAR


def demand_weight(season: Season, category: Category, on: date) -> float:
    """Return the relative demand for ``category`` on a day."""
    weight = category.demand_share * category.months[on.month - 1] * _ordinary(season, on)
    weight *= exp(season.growth_per_year * years_since_start(on))
    return weight * festival_factor(season, on) if category.promotions else weight


def takeback_weight(season: Season, on: date) -> float:
    """Return the relative number of take-back wishes on a day; trade-in follows the festivals."""
    growth = exp(season.takeback_growth_per_year * years_since_start(on))
    return growth * festival_factor(season, on) * _ordinary(season, on)


def direct_share(category: Category, on: date) -> float:
    """Return the share of order lines shipped direct on a day, between 0.05 and 0.85."""
    trend = category.direct_share + category.direct_share_per_year * years_since_start(on)
    return min(0.85, max(0.05, trend))


def festival_factor(season: Season, on: date) -> float:
    """Return how much a sales festival lifts the day; 1 on an ordinary day."""
    for first, last, factor in season.festivals:
        if first <= (on.month, on.day) <= last:
            return factor
    return 1.0


def _ordinary(season: Season, on: date) -> float:
    rests = any(
        -REST_DAYS_BEFORE_NEW_YEAR <= (on - day).days <= REST_DAYS_AFTER_NEW_YEAR
        for day in season.new_years
    )
    return season.weekdays[on.weekday()] * (season.new_year_factor if rests else 1.0)
