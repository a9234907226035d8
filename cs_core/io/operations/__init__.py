"""What operators look at: state of the runs, the audit log; the reads of the HTTP API."""
