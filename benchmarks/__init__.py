"""The speed table: the daily job against a supplier-by-supplier loop and one SQL statement."""
