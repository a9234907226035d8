"""Rules and decisions of the Customer Success dashboard: pure, on data frames."""
