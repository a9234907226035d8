"""Whole tables for CSV files, page by page."""
