"""Who is contacted, how and why: playbooks, conditions, limits, milestones, next steps."""
