"""A plan as JSON, CSV, GeoJSON and one page of HTML; texts out, who calls writes the files."""
