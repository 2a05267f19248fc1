"""The version of the product, as installed."""

from importlib.metadata import version

PRODUCT_VERSION = version("loopline")
