"""The daily run: lease, pages, progress, what it stores."""
