"""What every concept uses: errors, checks, words for counts, time zones, CSV rows."""
