"""Messages: the template language, what a template may name, addresses, layout."""
