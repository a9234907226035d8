"""What admins publish (scorecards, playbooks, rules, templates): in force, versions, drafts."""
