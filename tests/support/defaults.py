"""What a new database begins with, read from the seed files."""

import json
from pathlib import Path
from typing import Any

from cs_core.outreach.rules import OutreachRules
from cs_core.score.scorecard import Scorecard

SEEDS = Path(__file__).resolve().parents[2] / "sql" / "supabase" / "seeds"


def _read(path: Path) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return definition


DEFAULT_SCORECARD = Scorecard.from_dict(_read(SEEDS / "scorecard.json"), version=1)
DEFAULT_RULES = OutreachRules.from_dict(_read(SEEDS / "rules.json"), version=1)
DEFAULT_PLAYBOOKS = {path.stem: _read(path) for path in sorted(SEEDS.glob("playbooks/*.json"))}
