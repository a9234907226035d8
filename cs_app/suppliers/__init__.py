"""The list of suppliers: filters, table, tiles, saved views, many at once."""
